"""Packs an application as one executable archive of bytecode.

    typhon -m typhon.pack APP_DIR [-o app.pyz] [-m pkg.mod:func] [-p INTERPRETER] [-O LEVEL] [--store]

Every module of the folder is compiled and stored as a .pyc file that is run without looking for a source (PEP 552,
unchecked hash); other files are copied, so that importlib.resources and pkgutil.get_data find them.  The archive starts
with a line "#!INTERPRETER" and is executable.  The same input gives the same archive, byte for byte.
"""
import argparse
import io
import os
import stat
import sys
import tempfile
import zipfile
from importlib import _bootstrap_external as external
from importlib.util import MAGIC_NUMBER, source_hash

SKIPPED_FOLDERS = frozenset(("__pycache__", ".git", ".hg", ".svn"))
MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest a zip archive can express
MAIN = """\
import sys
from {module} import {first}
sys.exit({function}())
"""


class PackError(Exception):
    """A problem that ends the run with one line; `code` is the exit code."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


def default_interpreter():
    """The running interpreter where its path fits into a first line, else whatever `typhon` the user has."""
    path = sys.executable
    if not path or " " in path or len(os.fsencode(path)) > 120:
        return "/usr/bin/env typhon"
    return path


def application_files(folder, output):
    """Yield (name in the archive, path) in a fixed order; `output` itself is left out."""
    for base, folders, names in os.walk(folder, onerror=raise_walk_error):
        folders[:] = sorted(d for d in folders if d not in SKIPPED_FOLDERS)
        for name in sorted(names):
            path = os.path.join(base, name)
            if os.path.exists(output) and os.path.samefile(path, output):
                continue
            yield os.path.relpath(path, folder).replace(os.sep, "/"), path


def raise_walk_error(error):
    raise PackError(f"{error.filename}: {error.strerror}")


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError as e:
        raise PackError(f"{path}: {e.strerror}") from e


def compiled(name, source, optimize):
    """The bytes of the .pyc file for a source."""
    try:
        code = compile(source, name, "exec", dont_inherit=True, optimize=optimize)
    except SyntaxError as e:
        place = f"{name}:{e.lineno}" if e.lineno else name
        raise PackError(f"{place}: {e.msg}") from e
    except (ValueError, RecursionError, MemoryError) as e:
        raise PackError(f"{name}: {e}") from e
    return bytes(external._code_to_hash_pyc(code, source_hash(source), checked=False))


def entry(name, path, optimize):
    """What the archive holds for one file: (name, bytes)."""
    if name.endswith(".py"):
        return name + "c", compiled(name, read(path), optimize)
    if name.endswith(".so"):
        raise PackError(f"{name}: an extension module cannot be loaded from an archive")
    data = read(path)
    if name.endswith(".pyc") and data[:4] != MAGIC_NUMBER:
        raise PackError(f"{name}: bytecode of another interpreter")
    return name, data


def main_of(spec):
    """The source of a __main__ that calls the function `spec` names, as "pkg.mod:func"."""
    module, colon, function = spec.partition(":")
    words = module.split(".") + function.split(".")
    if not colon or not all(map(str.isidentifier, words)):
        raise PackError(f"invalid entry point: {spec} (wanted: pkg.mod:func)", 2)
    return MAIN.format(module=module, function=function, first=function.partition(".")[0]).encode()


def add(archive, name, data, method):
    info = zipfile.ZipInfo(name, MOMENT)
    info.compress_type = method
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    archive.writestr(info, data)


def archive_bytes(folder, output, main, optimize, method):
    """The zip archive of the application, as bytes."""
    entries = {}
    for name, path in application_files(folder, output):
        key, data = entry(name, path, optimize)
        if key not in entries or name.endswith(".py"):
            entries[key] = data
    if main:
        if "__main__.pyc" in entries:
            raise PackError(f"{folder}: has a __main__.py; -m cannot be used", 2)
        entries["__main__.pyc"] = compiled("__main__.py", main_of(main), optimize)
    if "__main__.pyc" not in entries:
        raise PackError(f"{folder}: no __main__.py in it (or use -m pkg.mod:func)")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries.items():
            add(archive, name, data, method)
    return buffer.getvalue()


def write_executable(output, first_line, data):
    """Write the file under a temporary name and rename it."""
    folder = os.path.dirname(os.path.abspath(output))
    temporary = None
    try:
        if os.path.isdir(output):
            raise IsADirectoryError(21, "Is a directory", output)
        handle, temporary = tempfile.mkstemp(prefix=".pack-", dir=folder)
        with open(handle, "wb") as f:
            f.write(first_line)
            f.write(data)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o777 & ~mask)
        os.replace(temporary, output)
    except OSError as e:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise PackError(f"{output}: {e.strerror}") from e


def pack(folder, output=None, main=None, interpreter=None, optimize=-1, store=False):
    """Pack the application in `folder`; returns the path of the archive."""
    if not os.path.isdir(folder):
        raise PackError(f"{folder}: {'not a folder' if os.path.exists(folder) else 'No such file or directory'}", 2)
    output = output or os.path.basename(os.path.abspath(folder)) + ".pyz"
    method = zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED
    data = archive_bytes(folder, output, main, optimize, method)
    interpreter = interpreter or default_interpreter()
    if "\n" in interpreter:
        raise PackError("the interpreter's path holds a newline", 2)
    write_executable(output, b"#!" + os.fsencode(interpreter) + b"\n", data)
    return output


def main(argv=None):
    p = argparse.ArgumentParser(prog="typhon -m typhon.pack",
                                description="Pack an application as one executable archive of bytecode.")
    p.add_argument("folder", metavar="APP_DIR", help="the folder of the application")
    p.add_argument("-o", "--output", metavar="FILE", help="the archive (default: APP_DIR.pyz)")
    p.add_argument("-m", "--main", metavar="PKG.MOD:FUNC", help="the function to call (default: run __main__.py)")
    p.add_argument("-p", "--python", metavar="INTERPRETER", help="what the archive's first line names")
    p.add_argument("-O", "--optimize", type=int, default=-1, choices=(0, 1, 2), help="level of optimisation")
    p.add_argument("--store", action="store_true", help="do not compress")
    a = p.parse_args(argv)
    try:
        pack(a.folder, a.output, a.main, a.python, a.optimize, a.store)
    except PackError as e:
        print(f"pack: {e}", file=sys.stderr)
        return e.code
    except OSError as e:
        print(f"pack: {e.filename or a.folder}: {e.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
