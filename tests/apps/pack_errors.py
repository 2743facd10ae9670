"""Errors of packed applications that say what to do: missing modules, files beside a module,
damaged archives."""
import os
import sys

from _packing import content, make, pack, run

# a module that is missing: the importing file and line
make({"app/__main__.py": "import part.one\n", "app/part/__init__.py": "",
      "app/part/one.py": "import json\n\nimport nowhere.at_all\n"})
assert pack("app", code=1) == ("pack: app/part/one.py:3: no module named 'nowhere.at_all' "
                               "(--exclude nowhere.at_all: it is not needed)\n")
pack("app", "-o", "left_out.pyz", "--exclude", "nowhere")
p = run(sys.executable, "left_out.pyz", code=1)
assert ('part/one.py", line 3, in <module>' in p.stderr
        and p.stderr.endswith("No module named 'nowhere'\n")), p

# a file that is opened by name: the archive has it, or not
make({"data/__main__.py": "import os, sys\nopen(os.path.join(os.path.dirname(__file__), "
                          "*sys.argv[1:])).read()\n",
      "data/text/words.txt": "words"})
report = pack("data", "-o", "data.pyz")
assert ("data/__main__.py:2: __file__ names a place in the archive; read data with "
        "importlib.resources" in report), report
pack("data", "-o", "program", "--executable")
for command in ([sys.executable, "data.pyz"], ["./program"]):
    p = run(*command, "text/words.txt", code=1)
    lines = p.stderr.splitlines()
    assert lines[-2].startswith("NotADirectoryError: [Errno 20] Not a directory: "), p
    assert lines[-1] == ("'text/words.txt' is inside the archive: importlib.resources and pkgutil.get_data() read it, "
                         "open() cannot (it can after typhon.pack --files)"), p
    p = run(*command, "other.txt", code=1)
    assert (p.stderr.splitlines()[-1].startswith("there is no 'other.txt' in the archive "
                                                 "(typhon.pack --data adds files")), p

# a folder, by each spelling of its name; with --files what cannot be: changes, and what needs a
# file of the system
make({"walk/__main__.py": "import os, sys\nos.chdir(os.path.dirname(sys.path[0]))\n"
                          "getattr(os, sys.argv[1])(os.path.dirname(__file__) + '/' + "
                          "sys.argv[2])\n",
      "walk/pages/deep/x.html": ""})
pack("walk", "-o", "walk.pyz", "--quiet")
for name, shown in ("pages", "pages"), ("pages/../pages/./deep/", "pages/deep"), ("", "."):
    p = run(sys.executable, "walk.pyz", "listdir", name, code=1)
    assert p.stderr.splitlines()[-1] == (f"'{shown}' is a folder inside the archive: importlib.resources reads it, os.listdir() and "
                                         "os.walk() cannot (they can after typhon.pack --files)"), p
p = run(sys.executable, "walk.pyz", "listdir", "nothing", code=1)
assert (p.stderr.splitlines()[-1].startswith("there is no 'nothing' in the archive (typhon.pack "
                                             "--data")), p
pack("walk", "-o", "walk.pyz", "--quiet", "--files")
p = run(sys.executable, "walk.pyz", "listdir", "nothing", code=1)
assert ("FileNotFoundError" in p.stderr
        and p.stderr.splitlines()[-1].startswith("there is no 'nothing' in the archive")), p
for what, name in ("chdir", "pages"), ("unlink", "pages/deep/x.html"), ("rmdir", "pages/deep"):
    p = run(sys.executable, "walk.pyz", what, name, code=1)
    assert p.stderr.splitlines()[-1] == (f"'{name}' is inside the archive: open() and os.listdir() read what is there, nothing "
                                         "changes it, and other programs find a copy only, which "
                                         "importlib.resources.as_file() makes"), p

# a damaged archive: one line, or the name of the member
make({"app/part/one.py": "value = 1\nprint('never')\n"})
pack("app", "-o", "good.pyz")
good = content("good.pyz")
at = good.index(b"part/one.pyc") + 60
make({"member.pyz": good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]})
p = run(sys.executable, "member.pyz", code=1)
assert ("bad CRC-32 of" in p.stderr.splitlines()[-1] and "member.pyz/part/one.pyc'" in p.stderr
        and not p.stdout), p
assert "runpy" not in p.stderr, p
pack("app", "-o", "whole", "--executable")
whole = content("whole")
for name, data, front in (("cut.pyz", good[:-30], [sys.executable]),
                          ("short.pyz", good[:200], [sys.executable]),
                          ("longer.pyz", good + b"more", [sys.executable]),
                          ("cut", whole[:-30], []), ("half", whole[:len(whole) - 20000], [])):
    make({name: data})
    os.chmod(name, 0o755)
    p = run(*front, os.path.abspath(name), code=1)
    assert "damaged archive: " in p.stderr and name in p.stderr and p.stderr.count("\n") == 1, p
