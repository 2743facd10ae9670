"""Compiles an extension of this folder against the running interpreter's headers; skips the test
when that is not possible."""
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.machinery import EXTENSION_SUFFIXES

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = tempfile.mkdtemp(prefix="typhon-capi-")


def include_folder():
    if sys.implementation.name == "typhon":
        own = os.path.join(HERE, "../../core/capi/include")
        return own if os.path.exists(own) else sysconfig.get_paths()["include"]
    return sysconfig.get_paths()["include"]


def build(source, name=None, *flags):
    """Makes FOLDER/name.<suffix> from source, and FOLDER importable.  name may contain folders."""
    name = name or source.removesuffix(".c")
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not os.path.exists(os.path.join(include_folder(), "Python.h")):
        print("no C compiler or no Python.h")
        sys.exit(77)
    target = os.path.join(FOLDER, name + EXTENSION_SUFFIXES[0])
    os.makedirs(os.path.dirname(target), exist_ok=True)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-g", "-Wall", "-Wextra",
                    "-Wno-missing-field-initializers",
                    "-I" + include_folder(), *flags, os.path.join(HERE, source), "-o",
                    target], check=True)
    if FOLDER not in sys.path:
        sys.path.insert(0, FOLDER)
    return target


def raises(exception, text, f, *args, **kwargs):
    try:
        r = f(*args, **kwargs)
    except exception as e:
        assert type(e) is exception or issubclass(exception, Exception), type(e)
        assert text in str(e), (text, str(e))
        return e
    raise AssertionError(f"{exception.__name__} not raised, got {r!r}")
