"""Threads that look into the same built-in types for the first time find the same methods."""
import subprocess
import sys

# a fresh process: its types have not been looked into
PROGRAM = """
import sys
import _thread, _collections, _datetime, _io, _struct, itertools, time
kinds = [getattr(m, n) for m in (sys.modules["builtins"], _collections, _datetime, _io, _struct, itertools)
         for n in sorted(vars(m)) if isinstance(getattr(m, n), type)]
found, go = [], _thread.allocate_lock()
go.acquire()


def look():
    with go:
        pass
    found.append([{name: id(v) for name, v in vars(kind).items()} for kind in kinds])


for _ in range(4):
    _thread.start_new_thread(look, ())
go.release()
while len(found) < 4:
    time.sleep(0.001)
assert found[0] == found[1] == found[2] == found[3] and len(kinds) > 100 and all(found[0])
"""
for _ in range(10):
    subprocess.run([sys.executable, "-S", "-c", PROGRAM], check=True, timeout=60)
