"""Virtual environments: made with and without pip, by link and by copy, activated, nested; pip
installs a wheel from a folder.
"""
import atexit
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

ENV = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_"))}
os.chdir(os.path.realpath(tempfile.mkdtemp()))
atexit.register(shutil.rmtree, os.getcwd())
TELL = ("import sys, json; print(sys.prefix, sys.exec_prefix, sys.executable, "
        f"sys.base_prefix == {sys.base_prefix!r}, sys.path[-1])")


def run(*args, code=0, **kwargs):
    p = subprocess.run(args, capture_output=True, text=True, env=ENV, timeout=170, **kwargs)
    assert p.returncode == code, (args, p)
    return p.stdout


def check(name, python):
    """The interpreter is in the environment, with the standard library of the one that made it."""
    here = os.path.abspath(name)
    site = f"{here}/lib/python3.11/site-packages"
    out = run(python, "-c", TELL)
    assert out == f"{here} {here} {here}/bin/python True {site}\n", out


def made_by(name):
    with open(f"{name}/pyvenv.cfg") as f:
        return dict(line.strip().split(" = ", 1) for line in f)["home"]


for name, options in ("link", []), ("copy", ["--copies"]):
    run(sys.executable, "-m", "venv", "--without-pip", *options, name)
    assert os.path.islink(f"{name}/bin/python3") == (name == "link")
    check(name, f"{name}/bin/python")
    run(f"{name}/bin/python", "-m", "venv", "--without-pip", f"{name}-nested")
    check(f"{name}-nested", f"{name}-nested/bin/python")
    assert made_by(name) == made_by(f"{name}-nested"), name
    out = run("sh", "-c", f'. {name}/bin/activate && command -v python && '
              'python -c "import sys; print(sys.prefix)" && deactivate && echo "$VIRTUAL_ENV"')
    assert out == f"{os.getcwd()}/{name}/bin/python\n{os.getcwd()}/{name}\n\n", out
    if sys.implementation.name == "typhon":
        run(f"{name}/bin/python", "-c", "import typhon.interpreters")
run(sys.executable, "-m", "venv", "--clear", "--without-pip", "link")
check("link", "link/bin/python")

# an interpreter that is installed knows its own library from copies, too
if sys.implementation.name == "typhon":
    own = os.path.dirname(os.path.dirname(importlib.util.find_spec("typhon").origin))
    os.makedirs("usr/bin")
    shutil.copy(os.path.realpath(sys.executable), "usr/bin/typhon")
    shutil.copytree(own, "usr/lib/typhon/stdlib", ignore=shutil.ignore_patterns("__pycache__"))
    run("usr/bin/typhon", "-m", "venv", "--copies", "--without-pip", "installed")
    out = run("installed/bin/python", "-c",
              "import typhon, sys; print(typhon.__file__, sys._base_executable)")
    usr = f"{os.getcwd()}/usr"
    assert out == f"{usr}/lib/typhon/stdlib/typhon/__init__.py {usr}/bin/typhon\n", out
    # what is packed in an environment has its packages, and goes on without it
    for path, text in (("installed/lib/python3.11/site-packages/inside.py", "value = 6\n"),
                       ("app.py", "import inside\nprint(inside.value)\n")):
        with open(path, "w") as f:
            f.write(text)
    run("installed/bin/python", "-m", "typhon.pack", "app.py", "-o", "app.pyz", "--quiet")
    shutil.rmtree("installed")
    assert run("./app.pyz") == "6\n"

if importlib.util.find_spec("ensurepip"):  # python3-venv, with the wheels of python3-pip-whl
    os.mkdir("wheels")
    info = "spoken-1.2.dist-info/"
    members = {"spoken.py": "import sys\ndef main():\n"
                            "    print('spoken', sys.argv[1:], sys.prefix)\n",
               info + "METADATA": "Metadata-Version: 2.1\nName: spoken\nVersion: 1.2\n",
               info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
               info + "entry_points.txt": "[console_scripts]\nspoken = spoken:main\n"}
    with zipfile.ZipFile("wheels/spoken-1.2-py3-none-any.whl", "w") as z:
        for name, text in members.items():
            z.writestr(name, text)
        z.writestr(info + "RECORD", "".join(f"{name},,\n" for name in [*members, info + "RECORD"]))
    run(sys.executable, "-m", "venv", "full")
    run("full/bin/pip", "install", "--no-index", "--find-links", "wheels", "spoken")
    assert run("full/bin/spoken", "a") == f"spoken ['a'] {os.getcwd()}/full\n"
    assert "spoken" in run("full/bin/python", "-m", "pip", "list", "--format", "freeze")
    run("full/bin/pip", "uninstall", "-y", "spoken")
    assert not os.path.exists("full/bin/spoken")
