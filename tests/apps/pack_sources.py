"""typhon.pack --sources: tracebacks, warnings, linecache, inspect and pdb show the lines of an
archive's modules, as from the folder."""
import os
import sys

from _packing import content, make, pack, run

MAIN = """\
import inspect, linecache, sys, traceback, warnings
import part.maths
warnings.warn("look at\\nthis")
try:
    part.maths.ratio(1, 0)
except ZeroDivisionError:
    traceback.print_exc()
try:
    print(inspect.getsource(part.maths.ratio), repr(linecache.getline(part.maths.ratio.__code__.co_filename, 2)))
    print(inspect.getsource(part.latin), ascii(part.latin.word))
except OSError as e:
    print(e)
if len(sys.argv) > 1:
    import pdb
    pdb.Pdb(nosigint=True, readrc=False).run("part.maths.ratio(1, 2)", globals())
print(inspect.getsourcefile(part.maths), flush=True)
part.maths.ratio(2,
                 part.maths.zero())
"""
make({
    "app/__main__.py": MAIN,
    "app/part/__init__.py": "import part.latin\n",
    "app/part/maths.py": "def ratio(a, b):\n    c = {'a': a}\n    return c['a'] + a / b\ndef "
                         "zero():\n    return 0\n",
    "app/part/latin.py": "# -*- coding: latin-1 -*-\nword = '\xe9'\n".encode("latin-1"),
    # a folder with a file of the same name: not the module's source
    "elsewhere/part/maths.py": "wrong\nwrong\nwrong\nwrong\nwrong\n",
})
COMMANDS = "step\nstep\nlist 1,2\nbreak 3\ncontinue\n"


def outputs(*command, input=None):
    """Standard output, and the lines of standard error; the folder's path is that of the
    archive."""
    p = run(*command, code=1, cwd="elsewhere", input=input)
    place = os.path.abspath(command[-1] if input is None else command[-2])
    lines = p.stderr.replace(place, "APP").splitlines()
    # the folder is run by runpy; with --standalone a part of the packer runs first
    return p.stdout.replace(place, "APP"), [line for line in lines if "<frozen runpy>" not in line
                                            and "<typhon.pack>" not in line]


app, archive = os.path.abspath("app"), os.path.abspath("app.pyz")
wanted = outputs(sys.executable, "-B", app)
assert ("    return c['a'] + a / b" in wanted[1] and '                    ~~^~~' in wanted[1]
        and "word = '\xe9'" in wanted[0]), wanted
debugged = outputs(sys.executable, "-B", app, "debug", input=COMMANDS)[0]
assert "return c['a'] + a / b" in debugged and "Breakpoint 1" in debugged, debugged
for options in [], ["--compress"], ["--files"], ["--standalone", "--seal"], ["--executable"]:
    pack("app", "--sources", "--quiet", "-o", "app.pyz", *options)
    command = [archive] if options == ["--executable"] else [sys.executable, "-B", archive]
    out, err = outputs(*command)
    assert (out, err) == wanted, (options, out, err, wanted)
    if options != ["--executable"]:
        got = outputs(*command, "debug", input=COMMANDS)[0]
        assert got == debugged, (options, got, debugged)
first = content("app.pyz")
pack("app", "--sources", "--quiet", "-o", "app.pyz", "--executable")
assert content("app.pyz") == first

# of bytecode alone: no lines, and none of another file
pack("app", "--quiet", "-o", "app.pyz")
out, err = outputs(sys.executable, archive)
assert out == "could not get source code\nAPP/part/maths.py\n", out
assert not any("wrong" in line or line.startswith("    ") for line in err), err
assert ([line for line in err if line.startswith("  File")][-1]
        == '  File "APP/part/maths.py", line 3, in ratio'), err

# a script has the name of the member
make({"prog.py": "def f():\n    return [][1]\nf()\n"})
pack("prog.py", "--sources", "--quiet", "-o", "prog.pyz")
err = run(sys.executable, "prog.pyz", code=1).stderr
assert (f'  File "{os.path.abspath("prog.pyz")}/__main__.py", line 2, in f\n    return [][1]\n     '
        f'      ~~^^^\n' in err), err
make({"prog.py": "def f():\n    return [][1]\nreturn f()\n"})
assert pack("prog.py", "-o", "prog.pyz", code=1) == "pack: prog.py:3: 'return' outside function\n"
