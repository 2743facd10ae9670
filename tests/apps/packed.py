"""The application codeindex, packed: the archive does what the folder does, without the sources;
bad input is one line."""
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

if importlib.util.find_spec("typhon") is None:
    sys.exit(77)
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "codeindex")
TREE = os.path.join(HERE, "codeindex", "codeindex")
ENV = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE",
                                                        "PYTHONPYCACHEPREFIX")}


def run(*args, code=0, **kwargs):
    p = subprocess.run(args, capture_output=True, text=True, env=ENV, timeout=100, **kwargs)
    assert p.returncode == code, (args, p)
    return p


def pack(*args, code=0):
    return run(sys.executable, "-m", "typhon.pack", *args, code=code)


def error_line(*args, code=1):
    p = pack(*args, code=code)
    assert p.stderr.startswith("pack: ") and p.stderr.count("\n") == 1 and not p.stdout, p
    return p.stderr


os.chdir(tempfile.mkdtemp())
shutil.copytree(SOURCE, "app", ignore=shutil.ignore_patterns("__pycache__"))
work = (TREE, "-j", "2")
wanted = run(sys.executable, "app", *work).stdout
assert "Longest functions" in wanted and "index_file" in wanted

# packed twice: the same bytes; runs by name and as a program, its sources gone
pack("app", "-o", "app.pyz")
pack("app", "-o", "again.pyz")
with open("app.pyz", "rb") as a, open("again.pyz", "rb") as b:
    first = a.read()
    assert first == b.read() and first.startswith(b"#!" + os.fsencode(sys.executable) + b"\n")
pack("app", "-o", "small.pyz", "--compress", "-p", "/opt/other/typhon")
with open("small.pyz", "rb") as f:
    assert f.read().startswith(b"#!/opt/other/typhon\n")
for name, method in (("app.pyz", zipfile.ZIP_STORED), ("small.pyz", zipfile.ZIP_DEFLATED)):
    with zipfile.ZipFile(name) as z:
        assert {m.compress_type for m in z.infolist() if m.file_size} == {method}, name
shutil.move("app", "gone")
for command in ([sys.executable, "app.pyz"], ["./app.pyz"], [sys.executable, "small.pyz"],
                [sys.executable, "-O", "app.pyz"], [sys.executable, "-B", "-I", "app.pyz"]):
    assert run(*command, *work).stdout == wanted, command
assert not os.path.exists("__pycache__")

# an entry point instead of __main__.py
os.rename("gone", "app")
os.unlink("app/__main__.py")
with open("app/start.py", "w") as f:
    f.write("import sys, pkgutil\ndef go():\n    print(pkgutil.get_data('start', "
            "'data.txt').decode(), __debug__)\n    return 3\n")
with open("app/data.txt", "w") as f:
    f.write("carried along")
assert "no __main__.py" in error_line("app", "-o", "x.pyz")
pack("app", "-m", "start:go", "-o", "x.pyz")
assert run("./x.pyz", code=3).stdout == "carried along True\n"

# the cache of bytecode: a second run compiles nothing, a touched source is compiled alone
shutil.copytree(SOURCE, "tree", ignore=shutil.ignore_patterns("__pycache__"))


def compiled():
    """The sources of the tree that a run with -v writes bytecode for."""
    text = run(sys.executable, "-v", "tree", "--limit", "2", TREE).stderr
    return sorted(os.path.basename(line.split("'")[1]) for line in text.splitlines()
                  if line.startswith("# created '") and "/tree/" in line)


assert len(compiled()) > 15
assert compiled() == []
moment = os.stat("tree/codeindex/cli.py").st_mtime + 10
os.utime("tree/codeindex/cli.py", (moment, moment))
again = compiled()
assert len(again) == 1 and again[0].startswith("cli."), again
assert compiled() == []

# a tree that cannot be written (as root nothing is unwritable: a file in the place of the cache
# folder does the same)
shutil.rmtree("tree/codeindex/__pycache__")
with open("tree/codeindex/__pycache__", "w"):
    pass
assert run(sys.executable, "tree", *work).stdout == wanted

# errors
assert "No such file" in error_line("nowhere", code=2)
assert "not a folder" in error_line("x.pyz", code=2)
assert "invalid entry point" in error_line("app", "-m", "start.go", code=2)
assert "has a __main__" in error_line("tree", "-m", "start:go", code=2)
assert "No such file" in error_line("app", "-m", "start:go", "-o", "no/where.pyz")
assert "Is a directory" in error_line("app", "-m", "start:go", "-o", "app")
with open("app/bad.py", "w") as f:
    f.write("x = 1\ndef f(:\n")
assert "bad.py:2: " in error_line("app", "-m", "start:go", "-o", "y.pyz")
with open("app/bad.py", "wb") as f:
    f.write(b"x = '\xff'\n")
assert "bad.py" in error_line("app", "-m", "start:go", "-o", "y.pyz")
assert not os.path.exists("y.pyz")
pack(code=2)

# damaged archives: one line or a traceback of Python, exit code 1 or 2
for cut in (first.index(b"\n") + 50, 400, len(first) // 2, len(first) - 10, len(first) - 1):
    with open("cut.pyz", "wb") as f:
        f.write(first[:cut])
    p = subprocess.run([sys.executable, "cut.pyz"], capture_output=True, text=True, env=ENV,
                       timeout=60)
    assert p.returncode in (1, 2) and p.stderr, (cut, p)
shutil.rmtree(os.getcwd())
