"""Isolated interpreters share lists of folders, but each finds what is there when it looks."""
import os
import sys
import tempfile
import time

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)


def write(name, text):
    with open(os.path.join(folder, name + ".py"), "w") as f:
        f.write(text)


def looks_for(*names):
    i = interpreters.create()
    i.prepare_main(folder=folder, names=names)
    i.exec("""
import importlib, sys
sys.path.append(folder)
found = []
for name in names:
    try:
        found.append(importlib.import_module(name).value)
    except ModuleNotFoundError:
        found.append(None)
""")
    found = i.call(eval, "__import__('__main__').found")
    i.close()
    return found


def settle():
    """As if nothing had changed for a while."""
    before = time.time() - 100
    os.utime(folder, (before, before))


with tempfile.TemporaryDirectory() as folder:
    write("first", "value = 1")
    settle()
    assert looks_for("first", "second") == [1, None]
    assert looks_for("first", "second") == [1, None]
    write("second", "value = 2")
    assert looks_for("first", "second") == [1, 2]
    os.unlink(os.path.join(folder, "first.py"))
    assert looks_for("first", "second", "second") == [None, 2, 2]
    # changed behind its time: whoever asks for it gets a new list
    settle()
    assert looks_for("second", "third") == [2, None]
    times = os.stat(folder).st_mtime_ns
    i = interpreters.create()
    i.prepare_main(folder=folder)
    i.exec("import sys; sys.path.append(folder); import second")
    write("third", "value = 3")
    os.utime(folder, ns=(times, times))
    i.exec("import importlib; importlib.invalidate_caches(); import third; assert third.value == 3")
    i.close()
