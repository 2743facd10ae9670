"""Modules in zip archives: on sys.path, as the program, of sources and of bytecode, with data,
damaged."""
import importlib
import os
import py_compile
import pkgutil
import shutil
import sys
import tempfile
import zipfile
from importlib import resources

from _trees import last_line, make, python

os.chdir(os.path.realpath(tempfile.mkdtemp()))
sys.path.insert(0, os.getcwd())


def archive(name, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(name, "w", method) as z:
        for path, data in files.items():
            z.writestr(path, data)


def bytecode(text, shown="shown.py"):
    make({"source.py": text})
    py_compile.compile("source.py", cfile="source.pyc", dfile=shown, doraise=True, optimize=0,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    with open("source.pyc", "rb") as f:
        return f.read()


FILES = {"flat.py": "value = 'flat'\n", "pkg/__init__.py": "from . import inner\n",
         "pkg/inner.py": "value = __file__\n",
         "pkg/data.txt": "some data", "compiled.pyc": bytecode("value = 'compiled'\n"),
         "both.py": "value = 'source'\n", "both.pyc": bytecode("value = 'bytecode'\n")}
for number, method in enumerate((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)):
    name = f"lib{number}.zip"
    archive(name, FILES, method)
    sys.path.insert(0, name)
    importlib.invalidate_caches()
    import both
    import compiled
    import flat
    import pkg
    assert (flat.value, compiled.value, both.value) == ("flat", "compiled", "bytecode")
    assert (pkg.inner.value == os.path.join(name, "pkg", "inner.py")
            and pkg.__path__ == [os.path.join(name, "pkg")])
    assert (type(flat.__loader__).__name__ == "zipimporter"
            and flat.__spec__.origin == os.path.join(name, "flat.py"))
    assert pkgutil.get_data("pkg", "data.txt") == b"some data"
    assert resources.files("pkg").joinpath("data.txt").read_text() == "some data"
    assert (sorted(m.name for m in pkgutil.iter_modules([name]))
            == ["both", "compiled", "flat", "pkg"])
    assert flat.__loader__.get_source("flat") == FILES["flat.py"]
    try:
        import pkg.gone
    except ModuleNotFoundError as e:
        assert str(e) == "No module named 'pkg.gone'"
    else:
        raise AssertionError
    for module in ("flat", "pkg", "pkg.inner", "compiled", "both"):
        del sys.modules[module]
    sys.path.remove(name)
assert not os.path.exists("__pycache__")

# a folder of the archive on the path; a namespace package over a folder and an archive
archive("nested.zip", {"deep/er/m.py": "x = 1\n", "ns/": "", "ns/two.py": "x = 2\n"})
make({"here/ns/one.py": "x = 1\n"})
sys.path[:0] = ["nested.zip/deep/er", "nested.zip", "here"]
import m
import ns.one
import ns.two
assert (m.x, ns.one.x, ns.two.x) == (1, 1, 2) and len(list(ns.__path__)) == 2

# as the program: by path, with -m from the path, through a first line; sys.path[0], sys.argv,
# __spec__
MAIN = ("import sys, helper\nprint(__name__, __spec__.name, sys.path[0].rpartition('/')[2], "
        "sys.argv, helper.x, __package__ == '')\n")
archive("app.zip", {"__main__.py": MAIN, "helper.py": "x = 'help'\n", "tool/__init__.py": "",
                    "tool/__main__.py": "print('tool')\n"})
wanted = "__main__ __main__ app.zip ['app.zip', '-x', 'y'] help True\n"
assert python("app.zip", "-x", "y")[0] == wanted, python("app.zip", "-x", "y")
assert python("-I", "app.zip", "-x", "y")[0] == wanted
assert python("-m", "tool", env={"PYTHONPATH": "app.zip"})[0] == "tool\n"
with open("app.zip", "rb") as f:
    data = f.read()
with open("front", "wb") as f:
    f.write(b"#!/usr/bin/env python3\n" + data)
assert python("front")[0].startswith("__main__ __main__ front ['front'] help")
make({"folder/__main__.py": MAIN, "folder/helper.py": "x = 'file'\n"})
assert python("folder", "a")[0] == "__main__ __main__ folder ['folder', 'a'] file True\n"

# what can be wrong
archive("nomain.zip", {"a.py": ""})
make({"empty/x.py": "", "cut.zip": data[:len(data) // 2], "tail.zip": data[:-5],
      "text.py": "print('text')\n",
      "old.pyc": b"\x00\x00\r\n" + bytes(20), "short.pyc": bytecode("x = 1\n")[:20]})
executable, here = sys.executable, os.getcwd()
import_bad = "import sys; sys.path.insert(0, 'wrong.zip'); import "
archive("wrong.zip", {"bad.pyc": b"\x00\x00\r\n" + bytes(20), "ok.py": "x = 1\n",
                      "cut.pyc": bytecode("x = 1\n")[:20]})
for args, code, wanted in (
        (["nomain.zip"], 1, f"{executable}: can't find '__main__' module in '{here}/nomain.zip'"),
        (["empty"], 1, f"{executable}: can't find '__main__' module in '{here}/empty'"),
        (["gone.py"], 2, f"{executable}: can't open file '{here}/gone.py': [Errno 2] No such file "
                         f"or directory"),
        (["-m", "gone"], 1, f"{executable}: No module named gone"),
        (["-m", "json.gone"], 1, f"{executable}: No module named json.gone"),
        (["-m", "string.gone"], 1,
         f"{executable}: Error while finding module specification for 'string.gone' "
         "(ModuleNotFoundError: __path__ attribute not found on 'string' while trying to find "
         "'string.gone')"),
        (["old.pyc"], 1, "RuntimeError: Bad magic number in .pyc file"),
        (["-c", "import sys\nsys.path[:] = ['cut.zip']\nimport helper"], 1,
         "ModuleNotFoundError: No module named 'helper'"),
        (["-c", "import sys\nsys.path[:] = ['tail.zip']\nimport helper"], 1,
         "ModuleNotFoundError: No module named 'helper'"),
        (["-c", import_bad + "bad"], 1, 
         "zipimport.ZipImportError: module load failed: bad magic number in 'bad': "
         "b'\\x00\\x00\\r\\n'"),
        (["-c", import_bad + "cut"], 1, "EOFError: marshal data too short")):
    found = last_line(*args, code=code)
    assert found == wanted, (args, found)
assert python("-c", import_bad + "ok; print(ok.x)")[0] == "1\n"

# a member that is not what the archive's table says
if sys.implementation.name == "typhon":  # the reference runs it
    archive("changed.zip", {"member.py": "value = 'right'\n"}, zipfile.ZIP_STORED)
    with open("changed.zip", "rb") as f:
        data = f.read()
    make({"changed.zip": data.replace(b"right", b"wrong")})
    found = last_line("-c", "import sys; sys.path.insert(0, 'changed.zip'); import member")
    assert found == "zipimport.ZipImportError: bad CRC-32 of 'changed.zip/member.py'", found
shutil.rmtree(os.getcwd())

# an archive is opened once, each member is read and verified once in the process
if sys.implementation.name == "typhon":
    import _imp
    os.chdir(os.path.realpath(tempfile.mkdtemp()))
    names = [f"many{i}" for i in range(30)] + [f"manyc{i}" for i in range(30)]
    archive("many.zip", {name + ".py": "value = 1\n" for name in names[:30]}
            | {name + ".pyc": bytecode("value = 2\n") for name in names[30:]})
    sys.path.insert(0, os.path.abspath("many.zip"))

    def import_all():
        """What the bytecode cache counts meanwhile."""
        before = _imp._bytecode_cache_counts()
        for name in names:
            sys.modules.pop(name, None)
            importlib.import_module(name)
        after = _imp._bytecode_cache_counts()
        return tuple(after[key] - before[key] for key in ("reads", "compiles", "hits"))

    assert import_all() == (30, 30, 0)
    assert import_all() == (0, 0, 60)
    finder = sys.path_importer_cache[sys.path[0]]
    assert finder.get_code("many3") is finder.get_code("many3")
    # a second interpreter reads and verifies nothing again
    from typhon import interpreters
    other = interpreters.create()
    other.exec(f"""
import sys, _imp
sys.path.insert(0, {sys.path[0]!r})
before = _imp._bytecode_cache_counts()
for name in {names!r}:
    __import__(name)
after = _imp._bytecode_cache_counts()
assert [after[key] - before[key] for key in ("reads", "compiles", "hits")] == [0, 0, 60], (before, after)
""")
    other.close()
    # another file under the name is another archive
    os.remove("many.zip")
    archive("many.zip", {name + ".py": "value = 3\n" for name in names})
    importlib.invalidate_caches()
    counts = import_all()
    assert (counts, sys.modules["manyc0"].value) == ((0, 60, 0), 3), (
        counts, sys.modules["manyc0"].value)
    shutil.rmtree(os.getcwd())
