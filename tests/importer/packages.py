"""Packages, namespace packages, relative imports, cycles, modules that fail, sys.modules, the
attributes of modules."""
import importlib.util
import os
import shutil
import sys
import tempfile
import unittest
import warnings

from _trees import make


class ImportTest(unittest.TestCase):
    def setUp(self):
        self.old = os.getcwd(), sys.path[:], set(sys.modules)
        self.folder = os.path.realpath(tempfile.mkdtemp())
        os.chdir(self.folder)
        sys.path.insert(0, self.folder)
        importlib.invalidate_caches()

    def tearDown(self):
        os.chdir(self.old[0])
        sys.path[:] = self.old[1]
        for name in set(sys.modules) - self.old[2]:
            del sys.modules[name]
        shutil.rmtree(self.folder)

    def fails(self, statement, kind, text, **attributes):
        with self.assertRaises(kind) as caught:
            exec(statement, {"__name__": "__main__", "__spec__": None})
        self.assertEqual(str(caught.exception), text)
        for name, value in attributes.items():
            self.assertEqual(getattr(caught.exception, name), value)

    def test_attributes(self):
        make({"pkg/__init__.py": "x = 1", "pkg/sub.py": "'''Text.'''", "top.py": ""})
        import pkg.sub
        import top
        where = os.path.join(self.folder, "pkg")
        for module, name, package, file in ((pkg, "pkg", "pkg", "pkg/__init__"),
                                            (pkg.sub, "pkg.sub", "pkg", "pkg/sub"),
                                            (top, "top", "", "top")):
            self.assertEqual((module.__name__, module.__package__), (name, package))
            path = os.path.join(self.folder, file + ".py")
            self.assertEqual(module.__file__, path)
            self.assertEqual(module.__spec__.origin, path)
            self.assertEqual(module.__cached__, importlib.util.cache_from_source(path))
            self.assertEqual(module.__spec__.cached, module.__cached__)
            self.assertEqual(module.__spec__.parent, package)
            self.assertTrue(module.__spec__.has_location)
            self.assertIs(module.__loader__, module.__spec__.loader)
            self.assertIs(type(module.__loader__), importlib.machinery.SourceFileLoader)
            self.assertEqual((module.__loader__.name, module.__loader__.path), (name, path))
            self.assertIs(module.__builtins__, __builtins__.__dict__
                          if not isinstance(__builtins__, dict) else __builtins__)
            self.assertEqual(repr(module), f"<module '{name}' from '{path}'>")
        self.assertEqual(pkg.__path__, [where])
        self.assertIs(pkg.__path__, pkg.__spec__.submodule_search_locations)
        self.assertEqual(list(vars(top)), ["__name__", "__doc__", "__package__", "__loader__",
                                           "__spec__", "__file__",
                                           "__cached__", "__builtins__"])
        self.assertEqual(pkg.sub.__doc__, "Text.")
        self.assertEqual(importlib.util.find_spec("pkg.sub"), pkg.sub.__spec__)
        self.assertIn(where, sys.path_importer_cache)

    def test_missing(self):
        make({"pkg/__init__.py": "", "flat.py": "", "pkg/bad.py": "import nowhere.at_all"})
        self.fails("import nowhere", ModuleNotFoundError, "No module named 'nowhere'",
                   name="nowhere", path=None)
        self.fails("import pkg.gone", ModuleNotFoundError, "No module named 'pkg.gone'",
                   name="pkg.gone")
        self.fails("import flat.gone", ModuleNotFoundError,
                   "No module named 'flat.gone'; 'flat' is not a package")
        self.fails("import pkg.bad", ModuleNotFoundError, "No module named 'nowhere'")
        self.assertNotIn("pkg.bad", sys.modules)
        self.fails("from pkg import gone", ImportError,
                   f"cannot import name 'gone' from 'pkg' ({self.folder}/pkg/__init__.py)",
                   name="pkg")
        sys.modules["flat.never"] = None
        self.fails("import flat.never", ModuleNotFoundError,
                   "import of flat.never halted; None in sys.modules")
        self.fails("from . import x", ImportError,
                   "attempted relative import with no known parent package")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImportWarning)
            self.fails("exec('from . import x', {})", KeyError, repr("'__name__' not in globals"))
        self.fails("import ", SyntaxError, "invalid syntax (<string>, line 1)")

    def test_relative(self):
        make({"a/__init__.py": "from . import b\nfrom .b import c as see\nfrom .b.c import value",
              "a/b/__init__.py": "", "a/b/c.py": "from .. import b\nfrom ..b import c as me\nvalue "
                                                 "= 5",
              "a/far.py": "from ... import x"})
        import a
        self.assertEqual((a.see.value, a.value), (5, 5))
        self.assertIs(a.see.me, a.see)
        self.fails("import a.far", ImportError,
                   "attempted relative import beyond top-level package")
        make({"a/deep/__init__.py": "", "a/deep/er/__init__.py": "", "a/deep/er/m.py":
              "from ... import b\nfrom ...b import c\nfrom .... import x"})
        self.fails("import a.deep.er.m", ImportError,
                   "attempted relative import beyond top-level package")

    def test_package_of_globals(self):
        make({"a/__init__.py": "", "a/b/__init__.py": "", "a/b/c.py": "", "a/c.py": ""})
        import a.b.c
        names = {"__package__": "a.b", "__spec__": a.b.c.__spec__, "__name__": "a.b.c"}
        self.assertIs(__import__("c", names, None, ["x"], 1), a.b.c)
        self.assertIs(__import__("", names, None, ["x"], 2), a)
        # importlib says what is wrong
        with self.assertWarnsRegex(ImportWarning, "__package__ != __spec__.parent"):
            self.assertIs(__import__("c", dict(names, __package__="a"), None, ["x"], 1),
                          sys.modules["a.c"])
        with self.assertWarnsRegex(ImportWarning, "__package__ != __spec__.parent"):
            self.assertRaises(ImportError, __import__, "c",
                              dict(names, __package__="", __spec__=a.c.__spec__), None, ["x"], 1)
        spec = importlib.util.spec_from_loader("a.b.c", None)
        spec.name = "other"
        with self.assertWarnsRegex(ImportWarning, "__package__ != __spec__.parent"):
            self.assertIs(__import__("c", dict(names, __spec__=spec), None, ["x"], 1), a.b.c)
        package = dict(names, __spec__=a.b.__spec__)  # a package is its own parent
        self.assertIs(__import__("c", package, None, ["x"], 1), a.b.c)

    def test_cycle(self):
        make({"one.py": "import two\nx = 1\nfrom two import y", "two.py": "import one\ny = 2",
              "left.py": "from right import y\nx = 1", "right.py": "from left import x\ny = 2",
              "p/__init__.py": "from . import q",
              "p/q.py": "import p\nimport p.q as me\nfrom p import q as too"})
        import one
        self.assertEqual((one.y, one.two.one.x), (2, 1))
        self.fails("import left", ImportError,
                   "cannot import name 'x' from partially initialized module 'left' (most likely "
                   f"due to a circular import) ({self.folder}/left.py)")
        import p
        self.assertIs(p.q.me, p.q)
        self.assertIs(p.q.too, p.q)

    def test_failing_module(self):
        make({"fails.py": "import sys\nsys.modules['fails'].seen = 1\nimport os.path\n1 / 0",
              "pkg/__init__.py": "import pkg.ok\n1 / 0",
              "pkg/ok.py": "", "swaps.py": "import sys\nsys.modules[__name__] = 'other'",
              "goes.py": "import sys\ndel sys.modules['goes']",
              "broken.py": "def f(:\n"})
        self.fails("import fails", ZeroDivisionError, "division by zero")
        self.assertNotIn("fails", sys.modules)
        self.fails("import pkg", ZeroDivisionError, "division by zero")
        self.assertNotIn("pkg", sys.modules)
        self.assertIn("pkg.ok", sys.modules)
        import swaps
        self.assertEqual(swaps, "other")
        self.fails("import goes", KeyError, "'goes'")
        with self.assertRaises(SyntaxError) as caught:
            import broken
        self.assertEqual((caught.exception.filename, caught.exception.lineno),
                         (f"{self.folder}/broken.py", 1))
        try:
            import fails
        except ZeroDivisionError as e:  # no entries of importlib in between
            self.assertEqual(e.__traceback__.tb_next.tb_frame.f_code.co_filename,
                             f"{self.folder}/fails.py")

    def test_namespace(self):
        make({"first/ns/one.py": "x = 1", "second/ns/two.py": "x = 2",
              "third/ns/deep/three.py": "x = 3"})
        sys.path[:0] = [os.path.join(self.folder, name) for name in ("first", "second")]
        import ns.one
        import ns.two
        self.assertEqual((ns.one.x, ns.two.x), (1, 2))
        self.assertIsNone(ns.__file__) if hasattr(ns, "__file__") else None
        self.assertEqual([os.path.relpath(p) for p in ns.__path__], ["first/ns", "second/ns"])
        self.fails("import ns.deep", ModuleNotFoundError, "No module named 'ns.deep'")
        sys.path.append(os.path.join(self.folder, "third"))
        import ns.deep.three
        self.assertEqual(ns.deep.three.x, 3)
        make({"first/ns/__init__.py": "whole = True"})
        del sys.modules["ns"]
        importlib.invalidate_caches()
        import ns as whole
        self.assertTrue(whole.whole)

    def test_precedence_and_refresh(self):
        make({"m.py": "kind = 'module'", "later/x.txt": ""})
        import m
        self.assertEqual(m.kind, "module")
        make({"m/__init__.py": "kind = 'package'"})
        del sys.modules["m"]
        importlib.invalidate_caches()
        import m
        self.assertEqual(m.kind, "package")
        self.fails("import fresh", ModuleNotFoundError, "No module named 'fresh'")
        make({"fresh.py": ""})
        importlib.invalidate_caches()
        import fresh
        with self.assertRaises(ModuleNotFoundError):
            importlib.import_module("later.x")

    def test_star(self):
        make({"s/__init__.py": "__all__ = ['a', 'sub']\na = 1\nb = 2", "s/sub.py": "",
              "t.py": "a = 1\n_b = 2"})
        names = {}
        exec("from s import *\nfrom t import *", names)
        self.assertEqual({n for n in names if not n.startswith("__")}, {"a", "sub"})

    def test_reload(self):
        make({"r.py": "import sys\ncount = globals().get('count', 0) + 1"})
        import r
        same = importlib.reload(r)
        self.assertIs(same, r)
        self.assertEqual(r.count, 2)
        del sys.modules["r"]
        with self.assertRaisesRegex(ImportError, "module r not in sys.modules"):
            importlib.reload(r)


if __name__ == "__main__":
    unittest.main()
