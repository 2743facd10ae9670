"""sys.path and sys.flags as the options, the environment, PYTHONHOME, pyvenv.cfg and site make
them."""
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile

from _trees import make

ENV = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
folder = os.path.realpath(tempfile.mkdtemp())
os.chdir(folder)
stdlib = sysconfig.get_path("stdlib")
prefix = stdlib.removesuffix("/lib/python3.11")


def run(*args, code=0, exe=sys.executable, **env):
    p = subprocess.run([exe, *args], capture_output=True, text=True, env={**ENV, **env}, timeout=60)
    assert p.returncode == code, (args, env, p)
    return p.stdout if code == 0 else p.stderr


def ours(*args, **env):
    """What of sys.path lies in the test's folder, '' and what is relative; "." is that folder."""
    paths = eval(run(*args, **env).splitlines()[-1])
    return [os.path.relpath(p) if p.startswith("/") else p for p in paths if p.startswith(folder)
            or not p.startswith("/")]


# what is in front, and PYTHONPATH, whose parts become absolute, also when site does not run
SHOW = "import sys; print(sys.path)"
make({"prog/script.py": SHOW, "prog/pack/__init__.py": "", "prog/pack/__main__.py": SHOW,
      "module.py": SHOW})
path = {"PYTHONPATH": f"one/../two:{folder}/three:"}
for options in ([], ["-S"], ["-s"], ["-O"]):
    for args, first in ((["-c", SHOW], ""), (["prog/script.py"], "prog"),
                        (["prog/pack"], "prog/pack"), (["-m", "module"], ".")):
        found = ours(*options, *args, **path)
        assert found == [first, "two", "three", "."], (options, args, found)
        assert ours(*options, *args) == [first]
for options in ("-I", "-EP", "-IS"):  # a folder that is run is in front all the same
    for args, first in ((["-c", SHOW], []), (["prog/script.py"], []),
                        (["prog/pack"], ["prog/pack"])):
        assert ours(options, *args, **path) == first, (options, args)
assert (ours("-E", "-c", SHOW, **path) == [""] and ours("-P", "-c", SHOW, **path)
        == ["two", "three", "."])
assert (ours("-c", SHOW, PYTHONSAFEPATH="1", **path) == ["two", "three", "."]
        and ours("-E", "-c", SHOW, PYTHONSAFEPATH="1") == [""])
FLAGS = ("import sys; f = sys.flags; print(f.isolated, f.ignore_environment, f.no_user_site, f.no_site, f.safe_path, "
         "f.optimize, 'site' in sys.modules)")
for options, wanted in (([], "0 0 0 0 False 2 True"), (["-I"], "1 1 1 0 True 0 True"),
                        (["-E"], "0 1 0 0 False 0 True"),
                        (["-s"], "0 0 1 0 False 2 True"), (["-S"], "0 0 0 1 False 2 False"),
                        (["-P"], "0 0 0 0 True 2 True"),
                        (["-O"], "0 0 0 0 False 2 True"), (["-EO"], "0 1 0 0 False 1 True")):
    assert run(*options, "-c", FLAGS, PYTHONOPTIMIZE="2").strip() == wanted, options

# the user's folder and its .pth files
site = "user/lib/python3.11/site-packages"
make({f"{site}/a.pth": f"# text\nimport sys; sys.seen = 1\n{folder}/three\nabsent\n\nthere\n",
      f"{site}/mine.py": "", f"{site}/there/x": "", "three/x": ""})
base = {"PYTHONUSERBASE": folder + "/user"}
CHECK = SHOW + "; import mine; assert sys.seen == 1"
assert ours("-c", CHECK, **base) == ["", site, "three", site + "/there"]
assert run("-m", "site", "--user-site", **base).strip() == os.path.join(folder, site)
for options, env in ((["-s"], {}), (["-S"], {}), (["-I"], {}), ([], {"PYTHONNOUSERSITE": "1"})):
    assert not set(ours(*options, "-c", SHOW, **base, **env)) - {""}, options
make({f"{site}/usercustomize.py": "print('user')", "custom/sitecustomize.py": "print('site')"})
assert run("-c", "print('main')", PYTHONPATH="custom", **base).split() == ["site", "user", "main"]
assert run("-s", "-c", "print('main')", PYTHONPATH="custom", **base).split() == ["site", "main"]
if os.path.isdir("/usr/lib/python3/dist-packages") and prefix == "/usr":  # Debian's site
    GET = ("import sys, site; print(*({'/usr/lib/python3/dist-packages', "
           "'/usr/local/lib/python3.11/dist-packages'} - {*%s}))")
    assert run("-I", "-c", GET % "site.getsitepackages()") == "\n"
    assert run("-I", "-c", GET % "sys.path").strip() in ("",
                                                         "/usr/local/lib/python3.11/dist-packages")
    assert "dist-packages" not in run("-S", "-c", SHOW)

# a virtual environment: a link in bin/, pyvenv.cfg beside it or above
os.makedirs("venv/bin")
real = os.path.realpath(sys.executable)
os.symlink(real, "venv/bin/python")
CONFIG = f"home = {os.path.dirname(real)}\ninclude-system-site-packages = "
make({"venv/lib/python3.11/site-packages/inside.py": "", "venv/pyvenv.cfg": CONFIG + "false\n"})
IN = ("import sys, inside; print(sys.prefix, sys.base_prefix, sys.exec_prefix, sys.executable, "
      "any('dist-packages' in p for p in sys.path))")
venv = folder + "/venv"
exe = venv + "/bin/python"
for options in ([], ["-I"], ["-s"]):
    assert run(*options, "-c", IN, exe=exe).split() == [venv, prefix, venv, exe, "False"]
run("-S", "-c", "import inside", exe=exe, code=1)
os.rename("venv/pyvenv.cfg", "venv/bin/pyvenv.cfg")
make({"venv/bin/pyvenv.cfg": CONFIG + "true\n"})
assert run("-c", IN, exe=exe).split()[:4] == [venv, prefix, venv, exe]

# PYTHONHOME: one prefix or two, not with -E
os.makedirs("home/lib")
os.symlink(stdlib, "home/lib/python3.11")
home = folder + "/home"
WHERE = ("import sys, os, json; print(sys.prefix, sys.exec_prefix, sys.base_prefix, os.__file__, "
         "json.__file__)")
for value, other in ((home, home), (home + ":/else", "/else")):
    library = home + "/lib/python3.11"
    assert run("-c", WHERE, PYTHONHOME=value).split() == [home, other, home, library + "/os.py",
                                                          library + "/json/__init__.py"]
    paths = eval(run("-S", "-c", SHOW, PYTHONHOME=value))
    assert library in paths and stdlib not in paths
    for option in "-E", "-I":
        assert run(option, "-c", WHERE, PYTHONHOME=value).split()[:2] == [prefix, prefix]
assert run("-c", WHERE, PYTHONHOME="").split()[0] == prefix
errors = run("-c", "pass", PYTHONHOME=folder + "/nowhere", code=1)
assert ("Fatal Python error: " in errors and f"PYTHONHOME = '{folder}/nowhere'" in errors
        and f"'{folder}/nowhere/lib/python3.11'" in errors)
os.chdir("/")
shutil.rmtree(folder)
