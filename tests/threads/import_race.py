"""Several threads import the same and different modules, and packages that import each other in a
circle."""
import importlib
import os
import sys
import tempfile

from _util import run

folder = tempfile.mkdtemp()
for i in range(20):
    with open(os.path.join(folder, f"race{i}.py"), "w") as f:
        f.write(f"import time\nstate = []\ntime.sleep(0.002)\nstate.append({i})\nvalue = {i}\n")
os.mkdir(os.path.join(folder, "circle"))
with open(os.path.join(folder, "circle", "__init__.py"), "w") as f:
    f.write("")
for a, b in ("xy", "yz", "zx"):
    with open(os.path.join(folder, "circle", a + ".py"), "w") as f:
        f.write(f"import time\ntime.sleep(0.005)\nfrom circle import {b}\nname = {a!r}\n\ndef "
                f"get():\n    return {b}.name\n")
with open(os.path.join(folder, "broken.py"), "w") as f:
    f.write("import time\ntime.sleep(0.005)\n1 / 0\n")
sys.path.insert(0, folder)
importlib.invalidate_caches()


def same(k):
    for i in range(20):
        m = importlib.import_module(f"race{i}")
        assert m.state == [i] and m.value == i, "a half-initialised module"
    return [id(sys.modules[f"race{i}"]) for i in range(20)]


ids = run(same, each=6)
assert all(x == ids[0] for x in ids)


def circle(k):
    name = "xyz"[k % 3]
    m = importlib.import_module(f"circle.{name}")
    return m.__name__


assert sorted(set(run(circle, each=6))) == ["circle.x", "circle.y", "circle.z"]
import circle.x, circle.y
assert circle.x.get() == "y" and circle.y.get() == "z" and circle.z.get() == "x"


def broken(k):
    failed = 0
    for _ in range(5):
        try:
            import broken
        except (ImportError, ZeroDivisionError):
            failed += 1
    return failed


assert all(run(broken, each=4))
assert "broken" not in sys.modules


def library(k):
    for name in ("decimal", "fractions", "statistics", "xml.etree.ElementTree", "email.message",
                 "configparser", "csv",
                 "difflib", "html.parser", "json", "calendar", "pprint", "textwrap", "string",
                 "zipfile"):
        try:
            importlib.import_module(name)
        except ImportError as e:
            assert "xml" in name and "pyexpat" in str(e), e


run(library, each=4)
