"""What sysconfig says of this build: the reference's variables, with the values that differ for
extension modules.

Replaces the standard library's file of the same name, which describes how CPython was built.
"""
import importlib.machinery
import importlib.util
import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))


def _reference():
    path = os.path.join(sys._stdlib_dir, "_sysconfigdata__x86_64-linux-gnu.py")
    if not os.path.exists(path):
        return {}
    spec = importlib.util.spec_from_file_location("_sysconfigdata_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build_time_vars


def _include():
    for folder in ("../../../include/typhon", "../core/capi/include"):
        path = os.path.normpath(os.path.join(_here, folder))
        if os.path.exists(os.path.join(path, "Python.h")):
            return path
    return "/usr/local/include/typhon"


def _place_headers(folder):
    """sysconfig's paths name the reference's headers: ours take their place (not where packages
    install theirs)."""
    schemes = getattr(sys.modules.get("sysconfig"), "_INSTALL_SCHEMES", {})
    for name, scheme in schemes.items():
        if name.endswith("venv") and sys.prefix == sys.base_prefix:
            continue  # says where an environment that is being made has its own
        for key in ("include", "platinclude"):
            if scheme.get(key, "").startswith("{installed_"):
                scheme[key] = folder


# the compiler's command names the headers, too: the standard library's distutils knows the
# reference's place only
_folder = _include()
_place_headers(_folder)
build_time_vars = dict(_reference())
build_time_vars.update({
    "CC": "gcc",
    "CCSHARED": "-fPIC",
    "CFLAGS": f"-I{_folder} -DNDEBUG -O2 -g -fwrapv -Wall",
    "OPT": "-DNDEBUG -O2 -g -fwrapv -Wall",
    "CONFINCLUDEPY": _folder,
    "CXX": "g++",
    "EXT_SUFFIX": importlib.machinery.EXTENSION_SUFFIXES[0],
    "INCLUDEPY": _folder,
    "LDSHARED": "gcc -shared",
    "LDCXXSHARED": "g++ -shared",
    "LIBPYTHON": "",
    "Py_DEBUG": 0,
    "SHLIB_SUFFIX": ".so",
    "SOABI": importlib.machinery.EXTENSION_SUFFIXES[0].split(".")[1],
    "Py_ENABLE_SHARED": 0,
})
