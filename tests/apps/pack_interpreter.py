"""typhon.pack --interpreter: sys.executable of one file is an interpreter with the archive's
modules; the file stays the application.
"""
import os
import shutil
import subprocess

from _packing import content, make, pack, run

make({
    "app/__main__.py": """
import os, subprocess, sys
import extra

def python(*args, **kwargs):
    p = subprocess.run([sys.executable, *args], capture_output=True, text=True, **kwargs)
    return (p.stdout or p.stderr.splitlines()[-1]).strip()

if len(sys.argv) > 1:
    print("app", sys.argv[1:])
else:
    print("code", python("-c", "import sys, extra; print(extra.value, sys.argv)", "a"))
    print("options", python("-Wignore", "-O", "-c", "import sys\\nprint(sys.flags.optimize, "
                            "sys.warnoptions, sys.flags.isolated)"))
    print("module", python("-m", "extra", "b", "-c"))
    print("no module", python("-m", "nowhere").rpartition(": ")[2])
    print("script", python("work/script.py", "c"))
    print("input", python("-", input="import extra; print(extra.value)"))
    print("shell", subprocess.getoutput(f'"{sys.executable}" -c "print(4)"'))
    print("again", python(*sys.argv, "d"))
    os.environ.clear()
    print("no variables", python("-c", "import extra; print(extra.value)"))
    itself = __file__.removesuffix("/__main__.pyc")
    print("itself", subprocess.check_output([itself, "-c", "print(5)"], text=True).strip())
    sys.stdout.flush()
    os.execv(sys.executable, ["python", "-c", "print('exec')"])
""",
    "app/extra.py": "import sys\nvalue = 7\nif __name__ == '__main__':\n"
                    "    print(value, sys.argv[1:])\n",
    "work/script.py": "import sys, beside, extra\nprint(beside.value + extra.value, sys.argv, "
                      "sys.path[0] == __file__.rpartition('/')[0])\n",
    "work/beside.py": "value = 1\n",
    "work/json.py": "print('of the folder')\n",
    "plain.py": "import sys\nprint(sys.argv[1:], sys.executable)\n",
})
pack("app", "--executable", "--interpreter", "-o", "program")
WANTED = """\
code 7 ['-c', 'a']
options 1 ['ignore'] 1
module 7 ['b', '-c']
no module No module named nowhere
script 8 ['work/script.py', 'c'] True
input 7
shell 4
again app ['d']
no variables 7
itself app ['-c', 'print(5)']
exec
"""
p = run("./program")
assert p.stdout == WANTED, p
# whoever calls the application gets it, whatever the arguments
for path in "./program", os.path.abspath("program"), f"{os.getcwd()}//program", "././program":
    assert run(path, "-c", "print(1)").stdout == "app ['-c', 'print(1)']\n", path
os.symlink("program", "link")
assert run("./link", "-m", "x").stdout == "app ['-m', 'x']\n"
name = os.getcwd() + "/./program"
assert run(name, "-c", "print(1)").stdout == "1\n"
# code on the command line does not look into the working directory
p = run(name, "-c", "import json; print(json.dumps(1))", cwd="work", code=None)
assert "of the folder" not in p.stdout, p
# as the line that scripts begin with
make({"tool": f"#!{name}\nimport extra\nprint(extra.value)\n"})
os.chmod("tool", 0o755)
assert run("./tool").stdout == "7\n"
# another archive, with modules of its own
make({"second/__main__.py": "import extra, own\nprint(extra.value, own.value)\n",
      "second/own.py": "value = 2\n"})
pack("second", "--exclude", "extra", "-o", "second.pyz", "--quiet")
assert run(name, "second.pyz").stdout == "7 2\n"

# sealed: a changed byte is refused in both roles
pack("app", "--executable", "--interpreter", "--seal", "-o", "program", "--quiet")
data = content("program")
at = data.index(b"extra.pyc") + 60
with open("changed", "wb") as f:
    f.write(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
os.chmod("changed", 0o755)
p = run("./changed", code=None)
assert p.returncode != 0 and not p.stdout and "changed since the archive was sealed" in p.stderr, p
p = run(os.getcwd() + "/./changed", "-c", "import extra; print(extra.value)", code=None)
assert p.returncode != 0 and "7" not in p.stdout, p

# without the option nothing but the application is run, and the report says where it may be missed
report = pack("app", "--executable", "-o", "program")
assert ("sys.executable is used (app/__main__.py:6): it is the application, "
        "with --interpreter an interpreter") in report, report
assert run(name, "-c", "print(1)").stdout == "app ['-c', 'print(1)']\n"
report = pack("plain.py", "--executable", "--interpreter", "-o", "plain")
assert "sys.executable is used" not in report, report
assert run("./plain", "-c").stdout == f"['-c'] {os.getcwd()}/./plain\n"
assert (pack("plain.py", "--interpreter", code=2)
        == "pack: --interpreter goes with --executable only\n")

# rights that came with the file: an interpreter would give them away
if os.getuid() == 0 and shutil.which("setpriv"):
    os.chmod(".", 0o755)
    os.chmod("plain", 0o4755)
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    p = subprocess.run([*user, f"{os.getcwd()}/./plain", "-c", "print(1)"], capture_output=True,
                       text=True)
    assert "print(1)" in p.stdout or "ermission denied" in p.stderr, p
