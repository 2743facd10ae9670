"""typhon.pack: one executable, the standard library's part, data, exclusion, trial runs, extension
modules, the manifest."""
import json
import os
import shutil
import subprocess
import sys
import zipfile

from _packing import content, make, pack
from _packing import run as run_program

HERE = os.path.dirname(os.path.abspath(__file__))


def run(*args, **options):
    return run_program(*args, **options).stdout


def write(name, text):
    make({name: text})


# a script as one executable: needs nothing of this machine but the C library, writes nothing, takes
# no options
write("hello.py", "import json, sys, decimal\nimport helper\nprint(json.dumps(sys.argv[1:]), "
                  "helper.x, decimal.Decimal(1) / 4, b'\\xe9'.decode('cp850'))\n"
                  "print(sorted(p.rpartition('/')[2] for p in sys.path), sys.flags.isolated)\n")
write("helper.py", "x = 17\n")
report = pack("hello.py", "--executable", "-o", "hello")
assert "2 of the application" in report and "hello: " in report, report
wanted = '["-c", "--version"] 17 0.25 Ú\n[\'_lib\', \'hello\'] 1\n'
# nothing for debuggers in it, and nothing that modules import when they run as scripts
assert content("hello")[40:48] == bytes(8)
with zipfile.ZipFile("hello") as z:
    assert "_lib/pickle.pyc" in z.namelist() and "_lib/doctest.pyc" not in z.namelist()
write("table.py", "import ast, sys\nsys.argv[1:] = []\nast.main()\n")
pack("table.py", "--standalone", "-o", "table.pyz", "--quiet")
with zipfile.ZipFile("table.pyz") as z:  # used by the program: what main() imports, too
    assert "_lib/argparse.pyc" in z.namelist()
os.mkdir("empty")
assert run("../hello", "-c", "--version", cwd="empty", env={"PYTHONPATH": "/nowhere",
                                                            "TYPHONPATH": "/nowhere",
                                                            "LC_ALL": "C.UTF-8"}) == wanted
assert os.listdir("empty") == []
if os.geteuid() == 0 and shutil.which("ldd"):
    os.makedirs("jail")
    for line in run("ldd", "hello").splitlines():
        library = next((word for word in line.split() if word.startswith("/")), None)
        if library:
            os.makedirs("jail" + os.path.dirname(library), exist_ok=True)
            shutil.copy(library, "jail" + library)
    shutil.copy("hello", "jail/hello")
    assert run("chroot", "jail", "/hello", "-c", "--version") == wanted
    assert sorted(os.listdir("jail")) == sorted({"hello"}
                                                | {d for d in os.listdir("jail")
                                                   if d.startswith("lib")})

# the same bytes whatever the hash seed; the manifest
write("app/__main__.py", "from core import start\nstart.go()\n")
write("app/core/__init__.py", "")
write("app/core/start.py",
      "import importlib, pkgutil\nfrom . import plain\ntry:\n    import not_there\nexcept "
      "ImportError:\n    pass\n"
                           "def go():\n    print(plain.name, pkgutil.get_data('core', "
                           "'text/data.txt').decode())\n"
                           "    print(importlib.import_module('extra' + '_part').value, "
                           "pkgutil.get_data('core', '../more/a'))\n")
write("app/core/plain.py", "name = 'plain'\n")
write("app/core/text/data.txt", "some text")
write("elsewhere/extra_part.py", "value = 'extra'\nimport json\n")
write("more_data/a", "A")
away = {"PYTHONPATH": os.path.abspath("elsewhere")}
report = pack("app", "-o", "a.pyz", "--data", "more_data=more", "--trace",
              env={**away, "PYTHONHASHSEED": "1"})
pack("app", "-o", "b.pyz", "--data", "more_data=more", "--quiet", "--trace",
     env={**away, "PYTHONHASHSEED": "2"})
assert content("a.pyz") == content("b.pyz")
assert "not found: not_there (app/core/start.py:4, optional)" in report, report
assert "4 of the application, 1 of other packages" in report and "2 data files" in report, report
with zipfile.ZipFile("a.pyz") as z:
    manifest = json.loads(z.read("MANIFEST.json"))
    assert z.namelist() == sorted(z.namelist())
assert manifest["modules"]["core.start"]["imports"] == ["core", "core.plain"], manifest
assert len(manifest["modules"]["core.start"]["source_sha256"]) == 64
assert manifest["modules"]["extra_part"]["from"] == "packages"
assert manifest["data"] == ["core/text/data.txt", "more/a"]
shutil.rmtree("elsewhere")
# '..' is not resolved in archives
assert run(sys.executable, "a.pyz", code=1).startswith("plain some text")
write("app/core/start.py",
      "from . import plain\nimport json\ndef go():\n    print(plain.name, json.dumps(1))\n")
pack("app", "--standalone", "-o", "alone.pyz", "--quiet")
assert run(sys.executable, "-S", "alone.pyz") == "plain 1\n"
with zipfile.ZipFile("alone.pyz") as z:
    assert "_lib/json/decoder.pyc" in z.namelist() and "core/plain.pyc" in z.namelist()

# excluded and missing modules; __file__
assert "left out: core.plain (excluded)" in pack("app", "-o", "x.pyz", "--exclude", "core.plain")
with zipfile.ZipFile("x.pyz") as z:
    assert "core/plain.pyc" not in z.namelist()
write("app/core/plain.py", "name = __file__\nimport json\nimport nowhere.at_all\n")
assert pack("app", code=1) == ("pack: app/core/plain.py:3: no module named 'nowhere.at_all' "
                               "(--exclude nowhere.at_all: it is not needed)\n")
report = pack("app", "-o", "x.pyz", "--exclude", "nowhere")
assert "app/core/plain.py:1: __file__" in report and "importlib.resources" in report, report
assert "unexpected" not in pack("app", "-o", "x.pyz", "--exclude", "nowhere", "-O", "2",
                                "--compress", "--quiet")

# an extension module is loaded from memory
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "capi"))
try:
    from _build import build
    extension = build("basic.c")
except SystemExit:  # no compiler here
    extension = None
if extension:
    os.makedirs("native/pkg")
    shutil.copy(extension, "native/pkg/")
    write("native/pkg/__init__.py", "")
    write("native/__main__.py",
          "import sys\nfrom pkg import basic\nprint(basic.__name__, basic.__file__)\n1 / "
          "(len(sys.argv) < 2)\n")
    for form, front in ((["-o", "n.pyz"], [sys.executable]), (["-o", "n", "--executable"], [])):
        pack("native", *form, "--quiet")
        shutil.move("native", "moved")
        name = os.path.abspath(form[1])
        out = run(*front, name)
        assert out.startswith(f"pkg.basic {name}/pkg/basic."), out
        assert "_typhon_boot" not in run(*front, name, "fail", code=1), (
            "a part of the packer is in the traceback")
        shutil.move("moved", "native")
    # children that multiprocessing spawns have them, too
    write("native/__main__.py", "import multiprocessing, work\nif __name__ == '__main__':\n"
          "    for method in 'fork', 'spawn', 'forkserver':\n"
          "        with multiprocessing.get_context(method).Pool(1) as pool:\n            "
          "print(method, pool.apply(work.go))\n")
    write("native/work.py", "def go():\n    from pkg import basic\n    return basic.__name__\n")
    pack("native", "-o", "spawning", "--executable", "--quiet")
    assert run("./spawning") == "fork pkg.basic\nspawn pkg.basic\nforkserver pkg.basic\n"
