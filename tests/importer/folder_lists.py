"""Finders keep lists of their folders: what changes right after an import is seen nevertheless."""
import importlib
import os
import shutil
import sys
import tempfile
import unittest


class FolderListTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        sys.path.insert(0, self.folder)
        self.write("list_first.py", "x = 1\n")

    def tearDown(self):
        sys.path.remove(self.folder)
        shutil.rmtree(self.folder)
        for name in [name for name in sys.modules if name.startswith("list_")]:
            del sys.modules[name]

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)

    def load(self, name):
        return importlib.import_module(name).x

    def test_new_file(self):
        self.assertEqual(self.load("list_first"), 1)
        self.write("list_second.py", "x = 2\n")
        importlib.invalidate_caches()
        self.assertEqual(self.load("list_second"), 2)

    def test_removed_file(self):
        self.write("list_second.py", "x = 2\n")
        self.assertEqual(self.load("list_first"), 1)
        os.remove(os.path.join(self.folder, "list_second.py"))
        importlib.invalidate_caches()
        with self.assertRaises(ModuleNotFoundError):
            self.load("list_second")

    def test_other_kind(self):
        self.write("list_second.py", "x = 2\n")
        self.assertEqual(self.load("list_first"), 1)
        os.remove(os.path.join(self.folder, "list_second.py"))
        self.write("list_second/__init__.py", "x = 3\n")
        importlib.invalidate_caches()
        self.assertEqual(self.load("list_second"), 3)

    def test_package_comes_first(self):
        """Also when the list has the module of that name."""
        self.write("list_second.py", "x = 2\n")
        self.assertEqual(self.load("list_first"), 1)
        self.write("list_second/__init__.py", "x = 3\n")
        importlib.invalidate_caches()
        self.assertEqual(self.load("list_second"), 3)

    def test_other_folder(self):
        """A folder that takes another's place, and its time."""
        self.assertEqual(self.load("list_first"), 1)
        times = os.stat(self.folder)
        shutil.rmtree(self.folder)
        self.write("list_second.py", "x = 2\n")
        os.utime(self.folder, ns=(times.st_atime_ns, times.st_mtime_ns))
        importlib.invalidate_caches()
        self.assertEqual(self.load("list_second"), 2)


if __name__ == "__main__":
    unittest.main()
