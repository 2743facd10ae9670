"""Extensions are built the way packages do it: a setup.py with distutils, with setuptools, against the limited API."""
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES

from _build import FOLDER, HERE, build

SETUP = """
from {module} import setup, Extension
setup(name="limited", version="1", ext_modules=[Extension("limited", ["limited.c"]{more})])
"""
USE = "import limited; print(limited.Cell([1]).get(), limited.pairs({1: 2.5}), limited.__file__)"


def run(*command, cwd=None, **environment):
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, text=True, capture_output=True)
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def by_setup(folder, module, more="", **environment):
    folder = os.path.join(FOLDER, folder)
    os.mkdir(folder)
    shutil.copy(os.path.join(HERE, "limited.c"), folder)
    with open(os.path.join(folder, "setup.py"), "w") as f:
        f.write(SETUP.format(module=module, more=more))
    run(sys.executable, "-W", "ignore", "setup.py", "-q", "build_ext", "--inplace", cwd=folder, **environment)
    out = run(sys.executable, "-c", USE, cwd=folder)
    assert out.startswith("[1] [(1, 2.5)]"), out
    return os.path.basename(out.split()[-1])


suffix = sysconfig.get_config_var("EXT_SUFFIX")
assert suffix == EXTENSION_SUFFIXES[0] and suffix.endswith("-311-x86_64-linux-gnu.so")
assert sysconfig.get_config_var("SOABI") == suffix[1:-3]
if sys.implementation.name == "typhon":
    assert suffix.startswith(".typhon-311-")
assert os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))
assert os.path.samefile(sysconfig.get_path("include"), sysconfig.get_config_var("INCLUDEPY"))

build("limited.c")  # skips the test where nothing can be compiled
import limited

assert limited.Cell(5).get() == 5 and limited.Cell.__module__ == "limited"

assert by_setup("standard", "distutils.core", SETUPTOOLS_USE_DISTUTILS="stdlib") == "limited" + suffix
try:
    import setuptools
except ImportError:
    pass
else:
    assert by_setup("with_setuptools", "setuptools") == "limited" + suffix
    name = by_setup("stable", "setuptools", ", py_limited_api=True")
    assert name == ("limited" + suffix if sys.implementation.name == "typhon" else "limited.abi3.so"), name

config = os.path.join(os.path.dirname(sys.executable), "typhon-config")
if sys.implementation.name == "typhon" and os.path.exists(config):
    assert run(config, "--extension-suffix").strip() == suffix
    assert run(config, "--includes").strip() == "-I" + sysconfig.get_path("include")
    folder = os.path.join(FOLDER, "by_config")
    os.mkdir(folder)
    command = ["gcc", "-shared", "-fPIC", *run(config, "--cflags").split(), os.path.join(HERE, "limited.c"), "-o",
               os.path.join(folder, "limited.so")]
    run(*command)
    assert run(sys.executable, "-c", USE, cwd=folder).split()[-1].endswith("limited.so")
