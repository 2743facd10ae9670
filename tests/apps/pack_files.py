"""typhon.pack --files: open(), os.stat() and os.listdir() find what is in the archive, under its
path."""
import os
import sys

from _packing import make, pack, run

make({
    "web/__init__.py": "",
    "web/__main__.py": """\
import errno, os, sys
from pathlib import Path
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "pages", "index.html")) as f:
    print(f.read(), f.name.startswith(here))
print(Path(here, "pages", "deep", "data.bin").read_bytes() == bytes(range(256)) * 1000)
print(sorted(os.listdir(os.path.join(here, "pages"))))
print([getattr(os.path, what)(os.path.join(here, "pages", name))
       for what in ("isfile", "isdir", "exists") for name in ("index.html", "deep", ".//deep/", "nothing")])
state = os.stat(here + "/pages/index.html")
print(state.st_size, oct(state.st_mode), state.st_mtime == os.stat(here + "/pages").st_mtime)
print(os.path.samefile(here + "/pages/index.html", here + "/pages//index.html"),
      os.path.samefile(here + "/pages/index.html", here + "/pages/deep/data.bin"))
fd = open(here + "/pages/index.html", "rb", buffering=0)
fd.seek(3)
print(fd.read(2), fd.fileno() > 2)
fd.close()
for name, action in (("index.html", lambda p: open(p, "w")), ("nothing", open), ("deep", open),
                     ("index.html", os.listdir), ("nothing", os.stat)):
    try:
        action(os.path.join(here, "pages", name))
    except OSError as e:
        print(name, type(e).__name__, errno.errorcode[e.errno])
""",
    "web/pages/index.html": "<h1>Hello</h1>",
    "web/pages/deep/data.bin": bytes(range(256)) * 1000,
})
WANTED = """\
<h1>Hello</h1> True
True
['deep', 'index.html']
[True, False, False, False, False, True, True, False, True, True, True, False]
14 0o100444 True
True False
b'>H' True
index.html OSError EROFS
nothing FileNotFoundError ENOENT
deep IsADirectoryError EISDIR
index.html NotADirectoryError ENOTDIR
nothing FileNotFoundError ENOENT
"""
for form in [], ["--compress"], ["--seal"], ["--executable"]:
    pack("web", "--files", "--quiet", "-o", "web.pyz", *form)
    command = ([os.path.abspath("web.pyz")] if form == ["--executable"]
               else [sys.executable, "web.pyz"])
    assert (out := run(*command, cwd=os.getcwd()).stdout) == WANTED, (form, out)
assert not [name for name in os.listdir() if name not in ("web", "web.pyz")]

# without --files the archive is a file and nothing else
pack("web", "--quiet", "-o", "plain.pyz")
p = run(sys.executable, "plain.pyz", code=1)
assert p.stderr.splitlines()[-1].endswith("(it can after typhon.pack --files)"), p.stderr
