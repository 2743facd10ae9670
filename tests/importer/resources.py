"""Data and metadata of packages, and what modules there are: the same from a folder, from archives
of both methods, and part of one."""
import importlib
import importlib.metadata
import importlib.resources as resources
import os
import pkgutil
import shutil
import sys
import tempfile
import zipfile

from _trees import make

folder = os.path.realpath(tempfile.mkdtemp())
os.chdir(folder)
sys.dont_write_bytecode = True
FILES = {
    "pack/__init__.py": "", "pack/part.py": "", "pack/words.txt": "wörds\n",
    "pack/deep/__init__.py": "", "pack/deep/more.py": "",
    "pack/deep/raw.bin": bytes(range(256)), "pack/plain/inside.txt": "no package",
    "ns/only.txt": "namespace",
    "pack-1.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: pack\nVersion: "
                                   "1.5\nRequires-Dist: other>=1\n",
    "pack-1.5.dist-info/RECORD": "pack/__init__.py,,\npack/words.txt,,6\n",
    "pack-1.5.dist-info/entry_points.txt": "[console_scripts]\nrun = pack.part:start\n[group]\none "
                                           "= pack.deep\n",
}
make({"tree/" + name: text for name, text in FILES.items()})
for name, method, inside in (("stored.zip", zipfile.ZIP_STORED, ""),
                             ("packed.zip", zipfile.ZIP_DEFLATED, ""),
                             ("inner.zip", zipfile.ZIP_DEFLATED, "lib/site/")):
    with zipfile.ZipFile(name, "w", method) as z:
        z.writestr(inside + "ns/", "")  # a folder that is a namespace package must be a member
        for path, text in FILES.items():
            z.writestr(inside + path, text)


def forget():
    for name in [n for n in sys.modules if n.partition(".")[0] in ("pack", "ns")]:
        del sys.modules[name]
    importlib.invalidate_caches()


def raises(kind, function, *args):
    try:
        function(*args)
    except kind:
        return True
    return False


for place in ("tree", "stored.zip", "packed.zip", "inner.zip/lib/site"):
    place = os.path.join(folder, place)
    sys.path.insert(0, place)
    forget()
    import pack.deep
    assert pack.__file__.startswith(place + os.sep), (place, pack.__file__)

    # pkgutil
    assert pkgutil.get_data("pack", "words.txt") == "wörds\n".encode()
    assert (pkgutil.get_data("pack.deep", "raw.bin") == bytes(range(256))
            == pkgutil.get_data("pack", "deep/raw.bin"))
    assert raises(OSError, pkgutil.get_data, "pack", "absent.txt")
    assert [(m.name, m.ispkg) for m in pkgutil.iter_modules([place])] == [("pack", True)]
    assert (sorted(m.name for m in pkgutil.walk_packages(pack.__path__, "pack."))
            == ["pack.deep", "pack.deep.more", "pack.part"])
    assert pkgutil.find_loader("pack.part").is_package("pack.part") is False

    # importlib.resources: the new functions and the old ones
    root = resources.files("pack")
    assert (root.joinpath("words.txt").read_text(encoding="utf-8") == "wörds\n"
            and (root / "deep" / "raw.bin").read_bytes()[255] == 255)
    assert (root.is_dir() and (root / "deep").is_dir() and (root / "words.txt").is_file()
            and not (root / "absent").is_file())
    assert ({"__init__.py", "part.py", "words.txt", "deep", "plain"}
            == {item.name for item in root.iterdir()} - {"__pycache__"})
    assert (root / "plain" / "inside.txt").read_text() == "no package"
    assert (resources.read_text("pack", "words.txt", encoding="utf-8") == "wörds\n"
            and resources.is_resource("pack", "words.txt"))
    assert (not resources.is_resource("pack", "deep")
            and "words.txt" in set(resources.contents("pack")))
    with resources.open_binary("pack.deep", "raw.bin") as f:
        assert f.read(3) == b"\0\1\2"
    with resources.as_file(root / "deep" / "raw.bin") as path:  # a file of its own, while it lasts
        assert path.read_bytes() == bytes(range(256))
    assert path.exists() == place.endswith("tree")
    assert raises(FileNotFoundError, (root / "absent").read_bytes)
    import ns  # its data only from folders
    assert (not place.endswith("tree") or resources.files(ns).joinpath("only.txt").read_text()
            == "namespace")

    # importlib.metadata does not look into folders of archives
    if not place.endswith("site"):
        assert (importlib.metadata.version("pack") == "1.5"
                and importlib.metadata.requires("pack") == ["other>=1"])
        (point,) = importlib.metadata.entry_points(group="group")
        assert point.load() is pack.deep and importlib.metadata.metadata("pack")["Name"] == "pack"
        assert ([str(path) for path in importlib.metadata.files("pack")]
                == ["pack/__init__.py", "pack/words.txt"])
        assert importlib.metadata.files("pack")[1].read_text() == "wörds\n"
        assert "pack" in {d.metadata["Name"] for d in importlib.metadata.distributions()}

    # again: the module, and what has been imported meanwhile
    assert importlib.reload(pack.deep) is pack.deep
    sys.path.remove(place)
    assert raises(importlib.metadata.PackageNotFoundError, importlib.metadata.version, "pack")
os.chdir("/")
shutil.rmtree(folder)
