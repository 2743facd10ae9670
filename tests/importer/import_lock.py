"""The import lock is held while finders and path hooks of the program look for a module, and not
while modules run."""
import _imp
import os
import sys
import tempfile
import unittest


class Finder:
    def __init__(self, seen):
        self.seen = seen

    def find_spec(self, name, path=None, target=None):
        self.seen.append(_imp.lock_held())
        return None


class ImportLockTest(unittest.TestCase):
    def test_held(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "import_lock_module.py"), "w") as f:
                f.write("import _imp\nheld = _imp.lock_held()\n")
            on_meta_path, by_hook, on_path = [], [], []

            def hook(path):
                by_hook.append(_imp.lock_held())
                if path == "somewhere":
                    return Finder(on_path)
                raise ImportError

            sys.meta_path.insert(0, Finder(on_meta_path))
            sys.path_hooks.insert(0, hook)
            sys.path[:0] = ["somewhere", folder]
            try:
                import import_lock_module
            finally:
                del sys.meta_path[0], sys.path_hooks[0], sys.path[:2]
                sys.path_importer_cache.clear()
        self.assertEqual((on_meta_path[:1], by_hook[:2], on_path), ([True], [True, True], [True]))
        self.assertFalse(import_lock_module.held)


if __name__ == "__main__":
    unittest.main()
