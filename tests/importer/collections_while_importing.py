"""What modules are made of stays: importing many of them brings no collection."""
import os
import sys
import tempfile
import unittest

from _trees import make, python

MODULES = 300
MODULE = '''"""A module."""
LIMIT = {n}
NAMES = ["order", "item", "price", "count", "kind{n}"]


class Order{n}:
    kind = "kind{n}"

    def __init__(self, name, price=1.0, count=1):
        self.name, self.price, self.count = name, price, count

    def total(self, rate=2):
        return self.price * self.count * rate

    @property
    def title(self):
        return f"{{self.name}} ({{self.count}})"


def total_{n}(orders):
    return sum(o.total() for o in orders if o.count < LIMIT)


def path_{n}(*parts):
    return "/".join(parts)
'''
LOAD = """import gc, sys
sys.path.insert(0, sys.argv[1])
before = sum(s["collections"] for s in gc.get_stats())
import many.all
print(sum(s["collections"] for s in gc.get_stats()) - before)
"""


class CollectionsTest(unittest.TestCase):
    @unittest.skipIf("TYPHON_GC_EVERY" in os.environ, "collects all the time")
    def test_none(self):
        with tempfile.TemporaryDirectory() as folder:
            here = os.getcwd()
            os.chdir(folder)
            try:
                make({f"many/m{n}.py": MODULE.format(n=n) for n in range(MODULES)})
                imports = "".join(f"from . import m{n}\n" for n in range(MODULES))
                make({"many/__init__.py": "", "many/all.py": imports})
                python("-I", "-c", LOAD, folder)  # writes bytecode
                count = int(python("-I", "-c", LOAD, folder)[0])
            finally:
                os.chdir(here)
        usual = 0 if sys.implementation.name == "typhon" else MODULES
        self.assertLessEqual(count, usual)


if __name__ == "__main__":
    unittest.main()
