"""Goes into archives that hold extension modules: imports them from memory, without writing a file to disk.

The packer writes more around it: where the standard library of the archive is, and what to install.
"""
import _imp
import os
import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec

used = {}  # descriptor -> how many libraries have been loaded through it


def memory_file(name, data):
    """The path of a file that exists in memory only.  No two are the same: the dynamic linker knows libraries by their paths."""
    handle = os.memfd_create(os.path.basename(name), os.MFD_CLOEXEC)
    with open(handle, "wb", closefd=False) as f:
        f.write(data)
    used[handle] = used.get(handle, 0) + 1
    return f"/proc/self/fd/{'./' * used[handle]}{handle}"


class Loader(ExtensionFileLoader):
    """Opens the member under its name in the archive."""

    def __init__(self, name, shown, data):
        super().__init__(name, shown)
        self.data = data

    def create_module(self, spec):
        spec.origin = memory_file(self.path, self.data)
        try:
            module = _imp.create_dynamic(spec)
            module.__file__ = self.path
            return module
        except ImportError as e:
            e.path = self.path
            raise
        finally:
            os.close(int(spec.origin.rpartition("/")[2]))
            spec.origin = self.path


class Finder:
    """Finds the extension modules of one archive."""

    def __init__(self, archive, importer, members):
        self.archive, self.importer, self.members = archive, importer, members

    def find_spec(self, name, path=None, target=None):
        member = self.members.get(name)
        if member is None:
            return None
        shown = os.path.join(self.archive, member)
        spec = ModuleSpec(name, Loader(name, shown, self.importer.get_data(shown)), origin=shown)
        spec.has_location = True
        return spec


def install(importer, members, libraries):
    """members: module -> name in the archive; libraries: names of shared libraries, each after those it needs."""
    for name in libraries:
        path = memory_file(name, importer.get_data(os.path.join(importer.archive, name)))
        _imp._open_library(path)
        os.close(int(path.rpartition("/")[2]))
    sys.meta_path.insert(0, Finder(importer.archive, importer, members))
