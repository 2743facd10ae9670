"""typhon.pack --files: folders in the archive are read as those of the file system are, by each way
that the library has.

The application prints the same from its folder and from the archive.
"""
import os
import sys

from _packing import make, pack, run

make({
    "web/__init__.py": "",
    "web/__main__.py": """\
import fnmatch, glob, io, mmap, os, shutil, stat, sys, tempfile
from pathlib import Path
here = os.path.dirname(os.path.abspath(__file__))
pages = os.path.join(here, "pages")


def shown(path):
    return os.path.relpath(os.fsdecode(path), here)


def tried(function, *args):
    try:
        return function(*args)
    except OSError as e:
        return type(e).__name__, e.errno


with os.scandir(pages) as entries:
    for e in sorted(entries, key=lambda e: e.name):
        print(e.name, shown(e.path), e.is_dir(), e.is_file(), e.is_symlink(), e.is_dir(follow_symlinks=False),
              stat.S_ISDIR(e.stat().st_mode), e.inode() == e.stat().st_ino == os.lstat(e).st_ino, e)
print(sorted((e.name, e.is_file()) for e in os.scandir(os.fsencode(pages))), sorted(os.listdir(os.fsencode(pages + "/deep"))))
scan = os.scandir(pages)
next(scan)
scan.close()
print(list(scan))
print([tried(f, os.path.join(pages, name)) for f in (os.scandir, os.listdir) for name in ("index.html", "nothing", "index.html/")])
print([(shown(top), sorted(folders), sorted(names)) for top, folders, names in sorted(os.walk(pages))])
print([(shown(top), sorted(folders)) for top, folders, names in os.walk(pages, topdown=False) if folders])
for pattern in "*.html", "deep/*", "**/*", "*/../*.html", "[xd]*/":
    print(pattern, sorted(map(shown, glob.glob(os.path.join(pages, pattern), recursive=True))))
print(sorted(glob.glob("**/*.b*", root_dir=pages, recursive=True)))
top = Path(__file__).parent / "pages"
print(sorted(shown(p) for p in top.iterdir()), sorted(shown(p) for p in top.rglob("*")), sorted(shown(p) for p in top.glob("d*/*.bin")))
print([(p.is_file(), p.is_dir(), p.exists(), p.is_symlink()) for p in (top, top / "index.html", top / "nothing", top / "deep" / "..")])
print((top / "index.html").read_text(), (top / "deep" / "data.bin").stat().st_size, shown((top / "deep/../index.html").resolve()))
print([os.access(os.path.join(pages, name), mode) for name in ("index.html", "deep", "nothing")
       for mode in (os.F_OK, os.R_OK, os.R_OK | os.X_OK)])
print([tried(open, os.path.join(pages, name)) for name in ("deep/../nothing", "nothing/../index.html", "index.html/../index.html")])
print(open(pages + "/deep/.././index.html").read(), os.path.getsize(pages + "/deep/data.bin"),
      os.path.getmtime(pages + "/index.html") > 0, os.path.ismount(pages), os.path.islink(pages))
print(tried(os.readlink, pages + "/index.html"), os.path.realpath(pages) == os.path.join(os.path.realpath(here), "pages"),
      os.path.realpath(pages + "/deep", strict=True).endswith("deep"))
print(os.path.samefile(pages, pages + "/deep/.."), os.path.samefile(pages, pages + "/deep"))
fd = os.open(pages + "/deep/data.bin", os.O_RDONLY)
print(os.read(fd, 3), os.fstat(fd).st_size, stat.S_ISREG(os.fstat(fd).st_mode))
with mmap.mmap(fd, 0, access=mmap.ACCESS_READ) as m:
    print(m[-2:], os.get_inheritable(fd))
os.close(fd)
print([tried(os.open, pages + name, os.O_RDONLY)[0] for name in ("/nothing", "/index.html/x")])
with io.open_code(pages + "/index.html") as f:
    print(f.read())
with tempfile.TemporaryDirectory() as folder:
    shutil.copytree(pages, folder + "/copy")
    shutil.copy2(pages + "/index.html", folder)
    print(sorted(os.listdir(folder)), sorted(os.listdir(folder + "/copy/deep")), Path(folder, "index.html").read_text())
print(os.listxattr(pages + "/index.html"), tried(os.getxattr, pages + "/index.html", "user.x"))
""",
    "web/pages/index.html": "<h1>Hello</h1>",
    "web/pages/deep/data.bin": bytes(range(256)) * 1000,
    "web/pages/deep/.hidden": "",
    "web/pages/x.y/z/file.bin": "1",
})
WANTED = run(sys.executable, "-m", "web").stdout
assert WANTED.count("\n") > 25, WANTED
for form in [], ["--compress"], ["--seal"], ["--executable"]:
    pack("web", "--files", "--quiet", "-o", "web.pyz", *form)
    command = ([os.path.abspath("web.pyz")] if form == ["--executable"]
               else [sys.executable, "web.pyz"])
    out = run(*command).stdout
    lines = [pair for pair in zip(out.splitlines(), WANTED.splitlines()) if pair[0] != pair[1]]
    assert out == WANTED, (form, lines)
