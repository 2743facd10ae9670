"""The collector's helper threads end when there is nothing to collect: a program at rest has no
threads but its own."""
import gc
import os
import sys
import time

if not os.path.isdir("/proc/self/task"):
    sys.exit(77)


def threads():
    return len(os.listdir("/proc/self/task"))


def main():
    alive = threads()
    kept = [[i] for i in range(200_000)]
    for _ in range(2):
        gc.collect()
        deadline = time.monotonic() + 20
        while threads() > alive and time.monotonic() < deadline:
            time.sleep(0.05)
        assert threads() == alive, threads()
    assert len(kept) == 200_000


main()
