"""-X threadstats: a line for each thread whose parts add up, and what it waited for."""
import os
import re
import subprocess
import sys

if sys.implementation.name != "typhon":
    sys.exit(77)
PROGRAM = """
import gc, os, threading, time
shared, lock, go = [], threading.Lock(), threading.Event()
def sleeper():
    time.sleep(0.3)
def waiter():
    go.set()
    with lock:
        pass
def worker():
    for i in range(200000):
        shared.append([i])
released = []
def spin():
    while not released:
        pass
    until = time.perf_counter() + 0.5 # main waits for it
    while time.perf_counter() < until:
        pass
def forever():
    while True:
        time.sleep(0.01)
threads = [threading.Thread(target=f, name=f.__name__)
           for f in (sleeper, waiter, worker, worker, spin)]
threading.Thread(target=forever, name="forever", daemon=True).start()
lock.acquire()
for t in threads:
    t.start()
go.wait()
for i in range(20):
    time.sleep(0.01)
    gc.collect()
lock.release()
released.append(True)
for t in threads:
    t.join()
for i in range(3):
    gc.collect()
if os.fork() == 0:
    raise SystemExit
os.wait()
print("end")
"""
plain = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100)
assert plain.stdout == "end\n" and plain.stderr == "", plain
HEAD = "thread (seconds)             total   running       cpu     locks    parked   stopped\n"


def measured():
    """(numbers, waits) of each thread of the program."""
    p = subprocess.run([sys.executable, "-X", "threadstats", "-c", PROGRAM], capture_output=True,
                       text=True, timeout=100)
    assert p.stdout == "end\n" and p.returncode == 0, p
    before, child, table = p.stderr.split(HEAD)  # the child of fork() reports itself
    assert before == "" and len(re.findall(r"^\S", child, re.M)) == 1, p.stderr
    threads, waits = {}, {}
    for line in table.splitlines():
        if line.startswith("    waited for "):
            waits[name] = dict(re.findall(r"(?:for|,) ([^:]+): ([\d.]+) \(\d+ times\)", line))
        else:
            name, *numbers = re.fullmatch(r"(.{24})" + r" +(-?[\d.]+)" * 6, line).groups()
            name = name.strip()
            total, running, cpu, locks, parked, stopped = map(float, numbers)
            assert (abs(running + locks + parked + stopped - total) < 0.004
                    and min(running, locks, parked, stopped) >= 0), line
            assert cpu < total + 0.1, line
            threads.setdefault(name, (total, running, cpu, locks, parked, stopped))
    assert set(threads) == {"main", "forever", "sleeper", "waiter", "worker", "spin"}, p.stderr
    assert "_thread.lock" in waits["main"] and "_thread.lock" in waits["waiter"], p.stderr
    return threads, waits


def as_programmed(threads, waits):
    """Whether the times are those of the program; on a busy machine a thread may come late."""
    return (threads["sleeper"][4] + threads["sleeper"][5] >= 0.3 and threads["sleeper"][1] < 0.25
            and float(waits["waiter"]["_thread.lock"]) > 0.1
            and threads["main"][3] > 0.01 and threads["main"][5] > 0
            # a thread that stops for the collector is not parked
            and threads["spin"][4] < 0.02 < threads["spin"][1] and threads["worker"][2] > 0.005)


for attempt in range(10):
    threads, waits = measured()
    if as_programmed(threads, waits):
        break
else:
    raise AssertionError((threads, waits))

# Two threads that append to one list mostly let each other go on, which is waiting, too.  They need
# two processors for it.
APPEND = """
import threading
shared = []
def append():
    for i in range(300000):
        shared.append(i)
        if len(shared) > 1000:
            shared.clear()
threads = [threading.Thread(target=append) for _ in range(2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
"""
if len(os.sched_getaffinity(0)) > 1:
    for attempt in range(40):
        p = subprocess.run([sys.executable, "-X", "threadstats", "-c", APPEND], capture_output=True,
                           text=True, timeout=100)
        found = re.search(r"^    waited for .*\blist: ([\d.]+) \((\d+) times", p.stderr, re.M)
        if found and float(found[1]) > 0.002 and int(found[2]) > 10:
            break
    else:
        raise AssertionError(p.stderr)
