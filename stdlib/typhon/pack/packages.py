"""What belongs to a package besides its Python modules: data files, native libraries, the metadata
of its distribution."""
import configparser
import os

from typhon.pack.common import PackError

SKIPPED_FOLDERS = frozenset(("__pycache__", ".git", ".hg", ".svn"))
NOT_NEEDED = (".py", ".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".cpp")
FOREIGN = (".cpython-", ".abi3.", ".pypy")
METADATA = ("METADATA", "PKG-INFO", "entry_points.txt", "top_level.txt")


def is_foreign_extension(name):
    """Is the file an extension module of another interpreter?"""
    base = os.path.basename(name)
    return base.endswith(".so") and any(mark in base for mark in FOREIGN)


def raise_walk_error(error):
    raise PackError(f"{error.filename}: {error.strerror}")


def leads_back(base, name):
    """Is it a link in the folder `base` to a folder around it?"""
    path = os.path.join(base, name)
    return (os.path.islink(path)
            and os.path.join(os.path.realpath(base), "").startswith(os.path.join(os.path.realpath(path), "")))


def files_below(folder):
    """Yield (name below the folder, path) in a fixed order; of folders that are links, too."""
    for base, folders, names in os.walk(folder, onerror=raise_walk_error, followlinks=True):
        folders[:] = sorted(d for d in folders if d not in SKIPPED_FOLDERS
                            and not leads_back(base, d))
        for name in sorted(names):
            path = os.path.join(base, name)
            yield os.path.relpath(path, folder).replace(os.sep, "/"), path


def package_files(modules):
    """Yield (name in the archive, path) of the files of packages that are no modules of Python;
    modules: name -> Module."""
    for name, module in sorted(modules.items()):
        parent = modules.get(name.rpartition(".")[0])
        if not module.is_package or not module.path or (parent and parent.path):
            continue
        folder, place = os.path.dirname(module.path), name.replace(".", "/")
        for inner, path in files_below(folder):
            if not inner.endswith(NOT_NEEDED):
                yield f"{place}/{inner}", path
        if os.path.isdir(folder + ".libs"):  # shared libraries, where auditwheel puts them
            for inner, path in files_below(folder + ".libs"):
                yield f"{place}.libs/{inner}", path


def top_modules(folder):
    """The names that a folder of metadata says it belongs to."""
    for name, separator in (("top_level.txt", None), ("RECORD", "/")):
        try:
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                return {line.split(separator)[0].strip().removesuffix(".py") for line in f
                        if line.strip()}
        except (FileNotFoundError, NotADirectoryError):
            pass
    return set()


def entry_point_modules(path):
    """The modules that an entry_points.txt names, for other programs than the scripts of the
    distribution to find."""
    points = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    points.optionxform = str
    try:
        points.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return []
    groups = [points[name] for name in points.sections()
              if name not in ("console_scripts", "gui_scripts")]
    return sorted({value.partition(":")[0].partition("[")[0].strip() for group in groups
                   for value in group.values()})


def metadata_files(folders, tops):
    """Yield (name in the archive, path) of what importlib.metadata reads about the modules of these
    names."""
    for folder in folders:
        for name in sorted(os.listdir(folder)):
            if name.endswith((".dist-info", ".egg-info")) and not tops.isdisjoint(top_modules(os.path.join(folder, name))):
                for inner in METADATA:
                    path = os.path.join(folder, name, inner)
                    if os.path.isfile(path):
                        yield f"{name}/{inner}", path
