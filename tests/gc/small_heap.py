"""A program that makes little garbage at a time stays small: its garbage is looked for before it
fills a megabyte."""
import gc
import mmap
import sys

with open("/proc/self/statm") as statm:
    if int(statm.read().split()[0]) * mmap.PAGESIZE > 1 << 30:
        sys.exit(77)  # with a sanitizer a collection takes a larger part of the time, so that fewer are due

ROUNDS = 30_000
WANTED = 20  # collections; with one for each megabyte there would be fifteen


def collections():
    return sum(s["collections"] for s in gc.get_stats())


def work():
    numbers, last = range(200), None
    for i in range(ROUNDS):
        last = (i, last is None) * 9 + (i,)
        sum(numbers)
    assert len(last) == 19


gc.collect()
# how soon depends on what a collection takes, which on a busy machine may seem to be much for a
# while
for attempt in range(40):
    before = collections()
    work()
    found = collections() - before
    if found >= WANTED or sys.implementation.name != "typhon":
        break
else:
    sys.exit(f"only {found} collections")
