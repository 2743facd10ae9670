"""_dbm and _gdbm: databases in files; where an interpreter has neither, nothing is tested."""
import importlib
import os
import sys
import tempfile
import threading
import unittest

MODULES = []
for name in "_dbm", "_gdbm":
    try:
        MODULES.append(importlib.import_module(name))
    except ImportError:
        pass


class FileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "data")

    def test_mapping(self):
        for module in MODULES:
            with module.open(self.path + module.__name__, "n") as db:
                db["a"], db[b"b"] = "1", b"2"
                self.assertEqual((db[b"a"], db.get("b"), db.get("c"), db.get("c", 3)),
                                 (b"1", b"2", None, 3))
                self.assertEqual((sorted(db.keys()), len(db), "a" in db, b"c" in db),
                                 ([b"a", b"b"], 2, True, False))
                self.assertEqual((db.setdefault("c", "3"), db.setdefault("c", "4")), ("3", b"3"))
                del db["a"]
                self.assertRaises(KeyError, lambda: db["a"])
                self.assertRaises(TypeError, db.__setitem__, 1, "a")
                self.assertRaises(TypeError, db.__setitem__, "a", 1)
            self.assertRaises(module.error, lambda: db["b"])
            with module.open(self.path + module.__name__) as db:
                self.assertEqual(sorted(db.keys()), [b"b", b"c"])
                self.assertRaises(module.error, db.__setitem__, "a", "b")
                self.assertRaises(module.error, db.__delitem__, "no such key")

    def test_opening(self):
        for module in MODULES:
            self.assertRaises(module.error, module.open, self.path)
            self.assertRaises(module.error, module.open, self.path, "x")
            self.assertRaises(TypeError, module.open, 1)

    def test_shared_by_threads(self):
        for module in MODULES:
            with module.open(self.path + module.__name__, "n") as db:
                def fill(first):
                    for i in range(first, first + 50):
                        db[str(i)] = str(i * i)

                threads = [threading.Thread(target=fill, args=(first,))
                           for first in (0, 50, 100, 150)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(len(db), 200)
                self.assertEqual(db["7"], b"49")


if __name__ == "__main__":
    if not MODULES:
        sys.exit(77)
    unittest.main()
