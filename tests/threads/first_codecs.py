"""Threads that look for an encoding for the first time all find it, while one of them imports what
knows the encodings."""
import subprocess
import sys

# a fresh process: no encoding has been looked for
PROGRAM = """
import _thread, time
found, go = [], _thread.allocate_lock()
go.acquire()


def look():
    with go:
        pass
    try:
        found.append(b"abc".decode("utf-8-sig"))
    except BaseException as e:
        found.append(repr(e))


for _ in range(4):
    _thread.start_new_thread(look, ())
go.release()
while len(found) < 4:
    time.sleep(0.001)
assert found == ["abc"] * 4, found
"""
for _ in range(20):
    subprocess.run([sys.executable, "-S", "-c", PROGRAM], check=True, timeout=60)
