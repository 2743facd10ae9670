"""Walks a tree and lists its sources."""
import os

from ..model.files import SourceFile


def walk(folder, excluded):
    """Yield (path, size) of every .py file under folder, folders named in `excluded` left out."""
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda e: e.name)
    for entry in ordered:
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in excluded:
                yield from walk(entry.path, excluded)
        elif entry.name.endswith(".py") and entry.is_file():
            yield entry.path, entry.stat().st_size


def module_name(root, path):
    parts = os.path.relpath(path, root)[:-3].split(os.sep)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def source_files(root, excluded):
    """All sources below root, ordered by module name."""
    files = [SourceFile(module_name(root, path), path, size) for path,
             size in walk(root, frozenset(excluded))]
    files.sort()
    return files
