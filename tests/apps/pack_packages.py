"""typhon.pack: what belongs to packages: data files, metadata, extension modules and the libraries
that they need."""
import os
import shutil
import subprocess
import sys
import zipfile

from _packing import make, pack, run

HERE = os.path.dirname(os.path.abspath(__file__))
make({
    "app/__main__.py": "import importlib.metadata, importlib.resources, helper_package.part\n"
                       "print(importlib.resources.files('helper_package').joinpath('data/words.txt').read_text())\n"
                       "print(importlib.metadata.version('helper-package'), "
                       "helper_package.part.value)\n",
    "site/helper_package/__init__.py": "",
    "site/helper_package/part.py": "value = 5\n",
    "site/helper_package/unused.py": "",
    "site/helper_package/data/words.txt": "some words",
    "site/helper_package/native.cpython-311-x86_64-linux-gnu.so": "of another interpreter",
    "site/helper_package-2.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: "
                                                  "helper-package\nVersion: 2.5\n",
    "site/helper_package-2.5.dist-info/RECORD": "helper_package/__init__.py,,\n"
                                                "helper_package-2.5.dist-info/METADATA,,\n",
    "site/other-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: other\nVersion: 1\n",
    "site/other-1.dist-info/top_level.txt": "other\n",
})
path = {"PYTHONPATH": "site"}
pack("app", "-o", "app.pyz", "--standalone", env=path)
with zipfile.ZipFile("app.pyz") as z:
    names = set(z.namelist())
assert {"helper_package/data/words.txt", "helper_package-2.5.dist-info/METADATA",
        "helper_package/part.pyc"} <= names
assert not any("unused" in n or "other" in n or "cpython-311" in n for n in names), names
assert run(sys.executable, "app.pyz").stdout == "some words\n2.5 5\n"
pack("app", "-o", "app", "--executable", env=path, code=1)  # a folder is in the way
pack("app", "-o", "program", "--executable", env=path)
assert run("./program").stdout == "some words\n2.5 5\n"

# an extension module that needs a library of the archive, which needs another one; nothing is
# written, wherever it runs
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "capi"))
try:
    from _build import build
    compiler = shutil.which("gcc") or shutil.which("cc")
    make({"inner.c": "int inner(void) { return 40; }\n",
          "outer.c": "int inner(void); int outer(void) { return inner() + 2; }\n",
          "uses.c": '#include <Python.h>\nint outer(void);\n'
                    'static PyObject *get(PyObject *m, PyObject *a) { (void)m; (void)a; return '
                    'PyLong_FromLong(outer()); }\n'
                    'static PyMethodDef methods[] = {{"get", get, METH_NOARGS, 0}, {0}};\n'
                    'static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "uses", 0, -1, '
                    'methods};\n'
                    'PyMODINIT_FUNC PyInit_uses(void) { return PyModule_Create(&def); }\n'})
    os.makedirs("native/pkg.libs")
    for name, needs in (("inner", []), ("outer", ["-linner"])):
        subprocess.run([compiler, "-shared", "-fPIC", name + ".c", f"-Wl,-soname,lib{name}.so.1",
                        "-Lnative/pkg.libs", *needs,
                        "-o", f"native/pkg.libs/lib{name}.so"], check=True)
    extension = build(os.path.abspath("uses.c"), "uses", "-Lnative/pkg.libs",
                      "-Wl,-rpath-link,native/pkg.libs", "-Wl,--no-as-needed", "-louter")
except SystemExit:  # no compiler here
    extension = None
if extension:
    make({"native/pkg/__init__.py": "",
          "native/__main__.py": "from pkg import uses\nprint(uses.get(), uses.__file__)\n"})
    shutil.copy(extension, "native/pkg/")
    for form, front in ((["-o", "n.pyz"], [sys.executable]),
                        (["-o", "n", "--executable", "--seal"], [])):
        pack("native", *form, "--quiet")
        shutil.move("native", "moved")
        os.chmod(form[1], 0o755)
        out = run(*front, os.path.abspath(form[1]), env={"LD_LIBRARY_PATH": ""}).stdout
        assert out.startswith(f"42 {os.path.abspath(form[1])}/pkg/uses."), out
        shutil.move("moved", "native")
    # the archive is on the path of a process that does not run it: another program, children of
    # multiprocessing
    for code in "from pkg import uses; print(uses.get())", "import pkg.uses; print(pkg.uses.get())":
        out = run(sys.executable, "-c", code, env={"PYTHONPATH": "n.pyz"}).stdout
        assert out.split()[-1] == "42", out
    make({"children/__main__.py": "import multiprocessing, work\n"
                                  "for method in ('spawn', 'forkserver', 'fork'):\n"
                                  "    context = multiprocessing.get_context(method)\n"
                                  "    queue = context.Queue()\n"
                                  "    child = context.Process(target=work.go, args=(queue,))\n"
                                  "    child.start()\n"
                                  "    print(method, queue.get(timeout=100), flush=True)\n"
                                  "    child.join()\n",
          "children/work.py": "def go(queue):\n    try:\n"
                              "        from pkg import uses\n        queue.put(uses.get())\n"
                              "    except BaseException as e:\n        queue.put(repr(e))\n"})
    for name in "pkg", "pkg.libs":
        shutil.copytree(f"native/{name}", f"children/{name}")
    for form in [], ["--standalone", "--compress"]:
        pack("children", "-o", "c.pyz", "--quiet", *form)
        shutil.move("children", "moved")
        out = run(sys.executable, "c.pyz").stdout
        assert out == "spawn 42\nforkserver 42\nfork 42\n", (form, out)
        shutil.move("moved", "children")
    # a module in both forms: the extension, as in folders
    make({"native/pkg/uses.py": "def get():\n    return 'source'\n"})
    pack("native", "-o", "n2.pyz", "--quiet")
    assert run(sys.executable, "n2.pyz").stdout.startswith("42 ")
    os.unlink("native/pkg/uses.py")
    if shutil.which("strace"):
        p = run("strace", "-f", "-qq", "-o", "calls", "-e", "trace=%file", "./n")
        with open("calls") as f:
            calls = f.read()
        assert not any(w in calls for w in ("O_WRONLY", "O_RDWR", "O_CREAT", "mkdir", "unlink",
                                            "rename")), calls
    subprocess.run([compiler, "-shared", "-fPIC", "outer.c", "-Lnative/pkg.libs", "-linner", "-o",
                    "native/pkg.libs/libouter.so"],
                   check=True)
    os.unlink("native/pkg.libs/libinner.so")
    note = pack("native", "-o", "n.pyz")
    assert ("libouter.so: needs libinner.so.1 of the machine" in note
            and "needs libouter.so.1 of the machine" in note), note

# a package: keeps its name, runs as by -m or calls a function
make({"tool/__init__.py": "", "tool/__main__.py": "from . import cli\ncli.main()\n", "other.py": "",
      "tool/cli.py": "import sys\ndef main():\n    print(__name__, sys.argv[1:], __package__)\n    "
                     "if sys.argv[1] == 'a':\n        __import__('oth' + 'er')\n"})
for options in ([], ["-m", "tool.cli:main"], ["--trace", "a"],
                ["-m", "tool.cli:main", "--trace", "a"]):
    pack("tool", "-o", "tool.pyz", "--quiet", *options)
    assert run(sys.executable, "tool.pyz", "x").stdout == "tool.cli ['x'] tool\n"
pack("tool", "--executable", "-o", "tool_program")
assert "  tool/cli.pyc\n" in pack("tool", "-o", "listed.pyz", "--list")
assert run("./tool_program", "y").stdout == "tool.cli ['y'] tool\n"
with zipfile.ZipFile("tool.pyz") as z:
    assert z.namelist() == ["MANIFEST.json", "__main__.pyc", "other.pyc", "tool/__init__.pyc",
                            "tool/__main__.pyc", "tool/cli.pyc"]

# a package where it is installed: what is beside it is not the application, whose missing modules
# are errors
make({
    "lib/site-packages/tool/__init__.py": "",
    "lib/site-packages/tool/__main__.py": "import beside\nprint(beside.x)\n",
    "lib/site-packages/beside.py": "x = 1\nif x > 1:\n    import nowhere.at_all\n",
})
pack("lib/site-packages/tool", "-o", "tool.pyz")
assert run(sys.executable, "tool.pyz").stdout == "1\n"

# plug-ins that the metadata of a package names, its own as an application, and those of others
make({
    "points/lib/host/__init__.py": "",
    "points/lib/host/__main__.py": """\
from importlib.metadata import entry_points
import pkgutil, helper
print(sorted(p.load().__name__ for p in entry_points(group='host.plugs')))
pkgutil.get_data('helper', 'nothing.txt')
""",
    "points/lib/host/own.py": "def plug():\n    pass\n",
    "points/lib/host-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: host\nVersion: 1\n",
    "points/lib/host-1.dist-info/entry_points.txt": "[host.plugs]\na = host.own:plug\n",
    "points/lib/host-1.dist-info/top_level.txt": "host\n",
    "points/site/helper/__init__.py": "",
    "points/site/helper/far/__init__.py": "",
    "points/site/helper/far/plug.py": "class Far:\n    pass\n",
    "points/site/helper-1.egg-info/entry_points.txt": """\
[console_scripts]
x = helper.script:main
[host.plugs]
b = helper.far.plug:Far [extra]
""",
    "points/site/helper-1.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: helper\nVersion: 1\n",
    "points/site/helper-1.egg-info/top_level.txt": "helper\n",
    "points/site/helper/script.py": "",
})
report = pack("points/lib/host", "-o", "host.pyz", "--list", env={"PYTHONPATH": "points/site"})
assert "helper/far/plug.pyc" in report and "helper/script" not in report, report
p = run(sys.executable, "host.pyz", code=1)
assert p.stdout == "['Far', 'plug']\n", p
assert p.stderr.splitlines()[-1].startswith("there is no 'helper/nothing.txt' in the archive"), p
