"""Extensions are built the way packages do it: a setup.py with distutils, with setuptools, against
the limited API."""
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES

from _build import FOLDER, HERE, build

SETUP = """
from {module} import setup, Extension
setup(name="limited", version="1", ext_modules=[{modules}])
"""
PLAIN = 'Extension("limited", ["limited.c"])'
STABLE = 'Extension("stable", ["stable.c"], py_limited_api=True)'
USE = "import %s as m; print(m.Cell([1]).get(), m.pairs({1: 2.5}), m.__file__)"


def run(*command, cwd=None, **environment):
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, text=True,
                          capture_output=True)
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def by_setup(folder, module, *modules, **environment):
    """Builds in a folder of this name; the files that `limited`, and `stable` if there is one, are
    imported from."""
    folder = os.path.join(FOLDER, folder)
    os.mkdir(folder)
    shutil.copy(os.path.join(HERE, "limited.c"), folder)
    with open(os.path.join(HERE, "limited.c")) as source, open(os.path.join(folder, "stable.c"),
                                                               "w") as f:
        f.write(source.read().replace("limited", "stable"))
    with open(os.path.join(folder, "setup.py"), "w") as f:
        f.write(SETUP.format(module=module, modules=", ".join(modules)))
    run(sys.executable, "-W", "ignore", "setup.py", "-q", "build_ext", "--inplace", cwd=folder,
        **environment)
    for name in ["limited", "stable"][:len(modules)]:
        out = run(sys.executable, "-c", USE % name, cwd=folder)
        assert out.startswith("[1] [(1, 2.5)]"), out
        yield os.path.basename(out.split()[-1])


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

assert (list(by_setup("standard", "distutils.core", PLAIN, SETUPTOOLS_USE_DISTUTILS="stdlib"))
        == ["limited" + suffix])
try:
    import setuptools
except ImportError:
    pass
else:
    names = list(by_setup("with_setuptools", "setuptools", PLAIN, STABLE))
    stable = suffix if sys.implementation.name == "typhon" else ".abi3.so"
    assert names == ["limited" + suffix, "stable" + stable], names

config = os.path.join(os.path.dirname(sys.executable), "typhon-config")
if sys.implementation.name == "typhon" and os.path.exists(config):
    assert run(config, "--extension-suffix").strip() == suffix
    assert run(config, "--includes").strip() == "-I" + sysconfig.get_path("include")
    folder = os.path.join(FOLDER, "by_config")
    os.mkdir(folder)
    command = ["gcc", "-shared", "-fPIC", *run(config, "--cflags").split(),
               os.path.join(HERE, "limited.c"), "-o",
               os.path.join(folder, "limited.so")]
    run(*command)
    assert run(sys.executable, "-c", USE % "limited", cwd=folder).split()[-1].endswith("limited.so")
