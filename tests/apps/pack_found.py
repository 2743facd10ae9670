"""typhon.pack finds: packages without __init__ at any depth, long chains of imports, relative names
in import_module(), packages in a folder of the project; it leaves extension modules of other
interpreters out, and does not ask for modules that others make."""
import os
import sys

from _packing import make, pack, run

CHAIN = 400
make({
    "project/app/__init__.py": "",
    "project/app/__main__.py": "import importlib\nfrom . import parts\nfrom .plain.deep import "
                               "low\nimport space.inner.leaf, link0, moves\n"
                               "from made.by_hand import five\nparts.load()\nlow.load()\n"
                               "print(low.name, space.inner.leaf.x, link0.last, moves.value, "
                               "five)\n",
    "project/app/parts/__init__.py": "import importlib\ndef load():\n    "
                                     "importlib.import_module('.one', __name__)\n"
                                     "    importlib.import_module('..two', package=__package__)\n",
    "project/app/parts/one.py": "print('one')\n",
    "project/app/two.py": "print('two')\n",
    "project/app/plain/deep/low.py": "import importlib\nname = __name__\ndef load():\n    "
                                     "importlib.import_module('.beside', __package__)\n"
                                     "    importlib.import_module('.three', 'app.plain')\n",
    "project/app/plain/deep/beside.py": "print('beside')\n",
    "project/app/plain/three.py": "print('three')\n",
    # below the folder of the project, and still not its own
    "project/venv/space/inner/leaf.py": "import foreign\nx = 'leaf'\n",
    "project/venv/space/inner/unused.py": "",
    **{f"project/venv/link{i}.py": f"from link{i + 1} import last\n" for i in range(CHAIN)},
    f"project/venv/link{CHAIN}.py": "last = 'end'\n",
    "project/venv/moves.py": "import made.by_hand\nimport gone.away\nvalue = 4\n",
    "project/venv/made.py": "import sys, types\nsys.modules['made.by_hand'] = module = "
                            "types.ModuleType('made.by_hand')\nmodule.five = 5\n",
    "project/venv/gone/__init__.py": "import sys\nsys.modules['gone.away'] = sys\n",
    "project/venv/foreign/__init__.py": "",
    "project/venv/foreign/fast.abi3.so": b"\x7fELF\2\1" + bytes(100),
})
wanted = "one\ntwo\nbeside\nthree\napp.plain.deep.low leaf end 4 5\n"
path = {"PYTHONPATH": "project/venv"}
for options, front in ((["-o", "app.pyz"], [sys.executable]),
                       (["-o", "program", "--executable"], [])):
    report = pack("project/app", *options, env=path)
    assert f"modules: 8 of the application, {CHAIN + 6} of other packages" in report, report
    assert "  left out: foreign/fast.abi3.so (extension module of another interpreter)\n" in report, (
        report)
    assert run(*front, os.path.abspath(options[1])).stdout == wanted
    listed = pack("project/app", *options, "--list", env=path)
    assert ("  app/plain/deep/\n" in listed and "  space/inner/\n" in listed
            and "unused" not in listed), listed

# modules of the library that another package makes when it runs, from tables of names; one that
# only find_spec() names; and one that may be missing
make({
    "tables/__main__.py": """\
import contextlib, importlib.util
from turns.moves import colors, text
from turns.moves.deep import unfold
with contextlib.suppress(ImportError):
    import nowhere
spec = importlib.util.find_spec('plistlib')
print(colors.rgb_to_hls(0, 0, 0), text.dedent(' a'), unfold(b'x'), spec.name)
""",
    "site2/turns.py": """
import importlib, sys, types
class Moved:
    def __init__(self, name, module, attribute=None):
        self.name, self.module, self.attribute = name, module, attribute
class Lazy(types.ModuleType):
    __path__ = []
    def __getattr__(self, name):
        for moved in self.table:
            if moved.name == name:
                module = importlib.import_module(moved.module)
                return getattr(module, moved.attribute) if moved.attribute else module
        raise AttributeError(name)
def made(name, *table):
    sys.modules[__name__ + name] = module = Lazy(__name__ + name)
    module.table = table
made(".moves", Moved("colors", "colorsys"), Moved("text", "textwrap"), Moved("graphics", "tkinter"))
made(".moves.deep", Moved("unfold", "quopri", "ishex"), Moved("other", "sndhdr"))
""",
})
report = pack("tables", "--executable", "-o", "tables.bin", "--list", env={"PYTHONPATH": "site2"})
assert "_lib/colorsys.pyc" in report and "tkinter" not in report and "sndhdr" not in report, report
assert run("./tables.bin").stdout == "(0.0, 0.0, 0.0) a False plistlib\n", run("./tables.bin")
