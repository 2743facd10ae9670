"""sys.path_hooks and finders of folders: hooks of the program are asked, methods that it replaces
are called, and the finders that are made without running importlib's code are as it makes them."""
import importlib.machinery
import os
import shutil
import sys
import tempfile
import threading
import unittest
import zipfile
from importlib.machinery import FileFinder, PathFinder


class PathHookTest(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.hooks = list(sys.path_hooks)
        for package in "hook_a", "hook_b", "hook_c":
            self.write(f"{package}/__init__.py", "")
            self.write(f"{package}/m.py", "x = 1\n")
        sys.path.insert(0, self.folder)

    def tearDown(self):
        sys.path_hooks[:] = self.hooks
        sys.path.remove(self.folder)
        for name in [name for name in sys.modules if name.startswith("hook_")]:
            del sys.modules[name]
        for path in [path for path in sys.path_importer_cache if path.startswith(self.folder)]:
            del sys.path_importer_cache[path]
        shutil.rmtree(self.folder)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)

    def finder(self, *names):
        return sys.path_importer_cache[os.path.join(self.folder, *names)]

    def test_same_as_made(self):
        import hook_a.m
        import hook_b.m
        for name in "hook_a", "hook_b":
            folder = os.path.join(self.folder, name)
            made = sys.path_hooks[-1](folder)
            found = self.finder(name)
            self.assertIs(type(found), FileFinder)
            self.assertEqual(list(vars(found)), list(vars(made)))
            self.assertEqual(found.path, folder)
            self.assertEqual(found._loaders, made._loaders)
            self.assertIsNot(found._loaders, self.finder()._loaders)
            self.assertIn("m.py", found._path_cache)
            self.assertEqual(repr(found), repr(made))
        self.assertIsNot(self.finder("hook_a")._path_cache, self.finder("hook_b")._path_cache)

    def test_own_hook(self):
        asked = []

        def hook(path):
            asked.append(path)
            raise ImportError

        import hook_a.m
        sys.path_hooks.insert(0, hook)
        import hook_b.m
        self.assertEqual(asked, [os.path.join(self.folder, "hook_b")])
        sys.path_hooks.remove(hook)
        sys.path_hooks.append(hook)  # behind the one that takes folders
        import hook_c.m
        self.assertEqual(len(asked), 1)

    def test_no_hook_for_folders(self):
        import hook_a
        hook_a.__path__.append(self.folder + "/hook_b")
        sys.path_hooks.pop()
        with self.assertRaises(ModuleNotFoundError):
            import hook_a.m
        self.assertIsNone(self.finder("hook_a"))

    def test_replaced_methods(self):
        import hook_a.m
        init, calls = FileFinder.__init__, []

        def own(self, path, *details):
            calls.append(path)
            init(self, path, *details)

        FileFinder.__init__ = own
        try:
            import hook_b.m
        finally:
            FileFinder.__init__ = init
        self.assertEqual(calls, [os.path.join(self.folder, "hook_b")])
        hooks = PathFinder.__dict__["_path_hooks"]
        PathFinder._path_hooks = staticmethod(lambda path: calls.append(path))
        try:
            with self.assertRaises(ModuleNotFoundError):
                import hook_c.m
        finally:
            PathFinder._path_hooks = hooks
        self.assertEqual(len(calls), 2)

    def test_no_folder(self):
        import hook_a.m
        archive = os.path.join(self.folder, "hook.zip")
        with zipfile.ZipFile(archive, "w") as z:
            z.writestr("hook_zipped.py", "x = 2\n")
        absent = os.path.join(self.folder, "absent")
        sys.path[:0] = [absent, archive]
        try:
            import hook_zipped
        finally:
            del sys.path[:2]
        self.assertEqual(hook_zipped.x, 2)
        self.assertIsNone(sys.path_importer_cache[absent])
        self.assertEqual(type(sys.path_importer_cache[archive]).__name__, "zipimporter")

    def test_threads(self):
        """One finder for a folder, whoever asks first."""
        for i in range(20):
            self.write(f"hook_t{i}/__init__.py", "")
            for k in range(4):
                self.write(f"hook_t{i}/m{k}.py", "x = 1\n")
        start, seen = threading.Barrier(4), [[] for _ in range(4)]

        def work(k):
            start.wait()
            for i in range(20):
                __import__(f"hook_t{i}.m{k}")
                seen[k].append(self.finder(f"hook_t{i}"))

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for finders in zip(*seen):
            self.assertEqual(len(set(map(id, finders))), 1)


if __name__ == "__main__":
    unittest.main()
