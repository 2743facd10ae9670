"""What typhon.pack says: a progress bar on a terminal, what went in, what was left out and why,
sizes; as a library it is quiet."""
import os
import pty
import sys
import zipfile

from _packing import make, pack, run

make({"app/__main__.py": "import json, sys, math, tool.used\ntry:\n    import absent\nexcept "
                         "ImportError:\n    pass\nif sys.argv[1:]:\n    import other\n",
      "app/tool/__init__.py": "", "app/tool/used.py": "import away\n", "app/tool/unused.py": "",
      "app/tool/table.csv": "1,2\n",
      "app/other.py": "", "site/away.py": ""})
path = {"PYTHONPATH": "site"}

# the report, in full with --list
report = pack("app", "-o", "app.pyz", "--exclude", "tool.unused", env=path).splitlines()
assert report == [f"app.pyz: {os.path.getsize('app.pyz'):,} bytes; modules: 4 of the application, 1 of other packages, 0 of the standard library; "
                  "1 data files", "  left out: tool.unused (excluded)",
                  "  not found: absent (app/__main__.py:3, optional)"], report
full = pack("app", "-o", "app.pyz", "--exclude", "tool.unused", "--list", env=path).splitlines()
assert {"  left out: json (standard library)", "  left out: math (built in)",
        "  left out: sys (built in)"} <= set(full), full
with zipfile.ZipFile("app.pyz") as z:
    listed = {line.split()[1]: int(line.split()[0].replace(",", "")) for line in full
              if line[:12].strip().replace(",", "").isdigit()}
    assert listed == {info.filename: info.file_size for info in z.infolist()}, full
assert pack("app", "-o", "app.pyz", "--quiet", env=path) == ""
run(sys.executable, "-c",
    "import typhon.pack; assert typhon.pack.pack('app', 'lib.pyz', exclude=['tool.unused']) == "
    "'lib.pyz'", env=path)
assert run(sys.executable, "-c", "import typhon.pack; typhon.pack.pack('app', wrong=1)", code=1).stderr.endswith(
    "TypeError: pack() got an unexpected keyword argument 'wrong'\n")

# the bar: to the end, on standard error, where that is a terminal
for options, shown in (([], True), (["--quiet"], False)):
    parent, child = pty.openpty()
    p = os.fork()
    if not p:
        os.close(parent)
        os.dup2(child, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execve(sys.executable, [sys.executable, "-m", "typhon.pack", "app", "-o", "bar.pyz",
                                   *options], {**os.environ, **path})
    os.close(child)
    text = b""
    try:
        while more := os.read(parent, 1000):
            text += more
    except OSError:  # the other end has been closed
        pass
    assert os.waitpid(p, 0)[1] == 0, text
    os.close(parent)
    steps = [part for part in text.decode().strip().split("\r") if part]
    assert len(steps) == (6 if shown else 0), text
    assert not shown or (steps[0].endswith("] 1/6") and steps[-1]
                         == f"compiling [{'#' * 40}] 6/6"), steps
