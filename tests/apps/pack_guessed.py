"""typhon.pack takes in what computed names may mean, links to folders, --include; it does not
follow plug-ins to other packages."""
import os
import sys

from _packing import make, pack, run

make({
    "app/__main__.py": "import sys, hub\nhub.load(*sys.argv[1:])\n",
    "site/hub/__init__.py": """\
from importlib import import_module
BUILT_IN = ["hub.named", "hub.by_class.Handler", "hub.nothing", "hub.lists", "hub.open", "foreign.inner"]
def load(kind, name):
    if kind == "front":
        return import_module(f"hub.plugs.p_{name}")
    if kind == "percent":
        return __import__("hub.percent.%s" % name, None, None, ["x"])
    if kind == "dotted":
        return import_module("..dotted." + name, package="hub.plugs")
    if kind == "format":
        return import_module("hub.formatted.{}".format(name))
    from hub.whole.loader import anything
    return anything(name)
""",
    "site/hub/plugs/__init__.py": "",
    "site/hub/plugs/p_one.py": "print('one')\nfrom . import helper\n",
    "site/hub/plugs/helper.py": "",
    "site/hub/plugs/other.py": "",
    "site/hub/percent/__init__.py": "",
    "site/hub/percent/two.py": "import json\nprint(json.dumps('two'))\n",
    "site/hub/dotted/__init__.py": "",
    "site/hub/dotted/three.py": "import roman\ntry:\n    import foreign\nexcept ImportError:\n    "
                                "pass\n"
                                "print('three')\n",
    "site/roman.py": "",
    "site/hub/formatted/__init__.py": "",
    "site/hub/formatted/four.py": "import other.used\nimport other.deep\nprint('four', "
                                  "other.deep.x)\n",
    "site/hub/named.py": "import other.deep\n",
    "site/hub/by_class.py": "class Handler: pass\n",
    "site/hub/whole/__init__.py": "",
    "site/hub/whole/loader.py": "import other.used, all_names\nanything = all_names.find\n",
    # computed from nothing: all of its package, but for tests
    "site/all_names/__init__.py": "from all_names.low.finder import find\n",
    "site/all_names/low/__init__.py": "",
    "site/all_names/low/finder.py": "def find(name):\n    return __import__(name)\n",
    "site/all_names/far/__init__.py": "import other.late\n",
    "site/other/late.py": "",
    "site/all_names/far/five.py": "try:\n    import foreign\nexcept ImportError as e:\n    "
                                  "print('five', e)\n",
    "site/all_names/tests/__init__.py": "",
    "site/all_names/test_it.py": "",
    # packages that look into their folders, or whose folders others look into
    "site/hub/listed/__init__.py": "import pkgutil\nnames = [m.name for m in "
                                   "pkgutil.iter_modules(__path__)]\n",
    "site/hub/listed/six.py": "",
    "site/hub/walked/__init__.py": "",
    "site/hub/walked/seven.py": "",
    "site/hub/lists.py": "import pkgutil\nfrom hub import walked, listed\n"
                         "print(*listed.names, *(m.name for m in "
                         "pkgutil.walk_packages(walked.__path__, 'hub.walked.')))\n",
    "site/hub/open/__init__.py": "import pkgutil\n__path__ = pkgutil.extend_path(__path__, "
                                 "__name__)\n",
    "site/hub/open/other.py": "",
    "site/other/__init__.py": "",
    "site/other/used.py": "",
    "site/other/deep.py": "x = 4\n",
    "site/foreign/__init__.py": "print('foreign')\n",
    "site/foreign/inner.py": "",
    "elsewhere/data/deep/file.txt": "linked",
})
os.symlink("../../elsewhere/data", "site/hub/data")
os.symlink("..", "site/hub/plugs/up")
os.symlink("nowhere", "site/hub/gone.txt")
path = {"PYTHONPATH": "site"}
CASES = (("front", "one", "one\n"), ("percent", "two", '"two"\n'), ("dotted", "three", "three\n"),
         ("format", "four", "four 4\n"),
         ("any", "all_names.far.five", "five No module named 'foreign'\n"),
         ("any", "hub.named", ""), ("any", "hub.lists", "six hub.walked.seven\n"))
for options, front in ((["-o", "app.pyz"], [sys.executable]),
                       (["-o", "program", "--executable"], [])):
    report = pack("app", *options, "--list", env=path)
    for kind, name, wanted in CASES:
        assert run(*front, os.path.abspath(options[1]), kind, name).stdout == wanted, (kind, name)
    members = [line.split()[-1] for line in report.splitlines() if line.endswith((".pyc", ".txt"))]
    assert {"hub/named.pyc", "hub/by_class.pyc", "hub/data/deep/file.txt"} <= set(members), report
    assert not any("test" in name or "foreign" in name or "/up/" in name
                   or name.endswith("other.pyc") for name in members), members
    assert "  left out: hub/gone.txt (link to what is not there)\n" in report, report
    assert ("  not followed: foreign (" in report
            and "--include foreign takes it)\n" in report), report
    assert "site/hub/__init__.py:7: imports by computed names: 2 more of hub.percent\n" in report, (
        report)
pack("app", "-o", "app.pyz", "--include", "foreign", "--quiet", env=path)
assert run(sys.executable, "app.pyz", "any", "all_names.far.five").stdout == "foreign\n"
assert run(sys.executable, "app.pyz", "any", "foreign.inner").stdout == "foreign\n"
assert "--include nowhere: no such module" in pack("app", "--include", "nowhere", code=2, env=path)
