"""The end of the process: daemon threads do not keep it, others do; what atexit and threading do
then."""
import subprocess
import sys

CASES = {
    "a daemon in a loop": ("""
import threading
def spin():
    n = 0
    while True:
        n += 1
        [n] * 10
for _ in range(3):
    threading.Thread(target=spin, daemon=True).start()
print("end")
""", "end\n"),
    "a daemon that sleeps": ("""
import threading, time
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
print("end")
""", "end\n"),
    "a daemon that waits for a lock": ("""
import threading
lock = threading.Lock()
lock.acquire()
threading.Thread(target=lock.acquire, daemon=True).start()
print("end")
""", "end\n"),
    "a thread that is waited for": ("""
import threading, time, atexit
atexit.register(print, "atexit")
said = threading.Event()
def late():
    said.wait()
    time.sleep(0.1)
    print("late")
threading.Thread(target=late).start()
print("end")
said.set()
""", "end\nlate\natexit\n"),
    "a thread that starts another": ("""
import threading
def one():
    threading.Thread(target=two).start()
def two():
    print("two")
threading.Thread(target=one).start()
""", "two\n"),
    "an executor left open": ("""
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
pool.submit(print, "work")
""", "work\n"),
    "daemons that print and allocate": ("""
import threading, sys
def work():
    while True:
        x = [object() for _ in range(50)]
        d = {i: str(i) for i in range(20)}
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
import json, re, decimal
print("end")
""", "end\n"),
    "sys.exit in a thread": ("""
import threading, sys
t = threading.Thread(target=sys.exit, args=(5,))
t.start()
t.join()
print("end")
""", "end\n"),
}

for name, (program, wanted) in CASES.items():
    for _ in range(3):
        p = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                           timeout=60)
        assert p.returncode == 0 and p.stdout == wanted and p.stderr == "", (name, p)
