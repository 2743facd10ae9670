"""Finders on sys.meta_path, hooks on sys.path_hooks, loaders, patched methods of importlib,
importlib.metadata."""
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import os
import shutil
import sys
import tempfile
import types

from _trees import make

folder = os.path.realpath(tempfile.mkdtemp())
os.chdir(folder)
sys.path.insert(0, folder)
sys.dont_write_bytecode = True
make({"plain.py": "kind = 'file'\n", "other.py": "kind = 'file'\n", "third.py": "kind = 'file'\n",
      "fourth.py": "kind = 'file'\n",
      "fifth.py": "kind = 'file'\n"})


class Loader(importlib.abc.Loader):
    def __init__(self, kind):
        self.kind = kind

    def create_module(self, spec):
        return types.ModuleType(spec.name) if self.kind == "own" else None

    def exec_module(self, module):
        module.kind = self.kind


class Finder:
    def __init__(self, names):
        self.names, self.asked = names, []

    def find_spec(self, name, path=None, target=None):
        self.asked.append((name, path is None, target))
        if name in self.names:
            return importlib.machinery.ModuleSpec(name, Loader(self.names[name]), origin="here")


# in front: asked first, for everything; behind: for what nobody else has
front, back = (Finder({"plain": "own", "made": "made", "made.sub": "sub"}),
               Finder({"plain": "never", "last": "back"}))
sys.meta_path.insert(0, front)
sys.meta_path.append(back)
import last
import other
import plain
assert (plain.kind, other.kind, last.kind) == ("own", "file", "back")
assert plain.__spec__.origin == "here" and not hasattr(plain, "__file__")
assert (front.asked == [("last", True, None), ("other", True, None), ("plain", True, None)]
        and back.asked == [("last", True, None)])
try:
    import made.sub
except ModuleNotFoundError as e:
    assert str(e) == "No module named 'made.sub'; 'made' is not a package"
sys.meta_path.remove(front)
sys.meta_path.remove(back)


# a finder that imports the module itself
class Eager:
    def find_spec(self, name, path=None, target=None):
        if name == "third":
            sys.meta_path.remove(self)
            import third


sys.meta_path.insert(0, Eager())
import third
assert third.kind == "file"

# sys.path_hooks
seen = []


class EntryFinder:
    def __init__(self, path):
        seen.append(path)
        if not path.startswith("mem:"):
            raise ImportError
        self.path = path

    def find_spec(self, name, target=None):
        if name == "in_memory":
            return importlib.util.spec_from_loader(name, Loader(self.path))


sys.path_hooks.insert(0, EntryFinder)
sys.path.insert(0, "mem:one")
import in_memory
assert in_memory.kind == "mem:one" and seen == ["mem:one"]
assert type(sys.path_importer_cache["mem:one"]) is EntryFinder
sys.path_hooks.remove(EntryFinder)
sys.path.remove("mem:one")

# methods of importlib that a program replaces
calls = []
original = importlib.machinery.SourceFileLoader.get_code


def get_code(self, name):
    calls.append(name)
    return original(self, name)


importlib.machinery.SourceFileLoader.get_code = get_code
import fourth
importlib.machinery.SourceFileLoader.get_code = original
import fifth
assert fourth.kind == fifth.kind == "file" and calls == ["fourth"], calls


# a loader for sources that changes them
class Doubling(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data, path, *, _optimize=-1):
        return super().source_to_code(data.replace(b"file", b"file file"), path)


class Sources:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "fifth":
            return importlib.util.spec_from_file_location(name, os.path.join(folder, "fifth.py"),
                                                          loader=Doubling(name, "fifth.py"))


sys.meta_path.insert(0, Sources)
del sys.modules["fifth"]
import fifth
assert fifth.kind == "file file"
sys.meta_path.remove(Sources)

# no finders; None among the modules; the import function of builtins
finders = sys.meta_path[:]
sys.meta_path.clear()
try:
    import never_there
except ModuleNotFoundError as e:
    assert str(e) == "No module named 'never_there'"
sys.meta_path[:] = finders
import builtins
real = builtins.__import__
try:
    builtins.__import__ = lambda name, *args, **kw: name
    import whatever
finally:
    builtins.__import__ = real
assert whatever == "whatever"

# a module made lazily
make({"lazy.py": "import sys\nsys.lazy_ran = True\nx = 1\n"})
spec = importlib.util.find_spec("lazy")
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules["lazy"] = module
spec.loader.exec_module(module)
assert not hasattr(sys, "lazy_ran") and module.x == 1 and sys.lazy_ran

# metadata of an installed distribution
make({"thing-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: thing\nVersion: 1.2\n",
      "thing-1.2.dist-info/entry_points.txt": "[console_scripts]\nrun = plain:kind\n"})
assert importlib.metadata.version("thing") == "1.2"
(point,) = importlib.metadata.distribution("thing").entry_points
assert point.name == "run" and point.load() == "own"
os.chdir("/")
shutil.rmtree(folder)
