"""A program that makes little garbage at a time stays small: its garbage is looked for before it
fills a megabyte."""
import gc
import mmap
import sys
import time

with open("/proc/self/statm") as statm:
    if int(statm.read().split()[0]) * mmap.PAGESIZE > 1 << 30:
        sys.exit(77)  # with a sanitizer a collection takes a larger part of the time, so that fewer are due

ROUNDS = 30_000
WANTED = 20  # collections; with one for each megabyte there would be fifteen
LITTLE = 64  # one part in so many of the time is little for them (gc/pace.c)


def collections():
    return sum(s["collections"] for s in gc.get_stats())


def work():
    numbers, last = range(200), None
    for i in range(ROUNDS):
        last = (i, last is None) * 9 + (i,)
        sum(numbers)
    assert len(last) == 19


def spent():
    """In collections, waits for a processor included; and by the process, these left out."""
    return gc.get_pauses()["total"], time.process_time()


# How soon depends on what a collection takes.  On a busy machine, with the cache full of other programs'
# data, that is more; only where it was little in three attempts running were there to be more of them.
gc.collect()
calm = 0
for attempt in range(40):
    if sys.implementation.name != "typhon":
        break
    before, (paused, used) = collections(), spent()
    work()
    found = collections() - before
    if found >= WANTED:
        break
    paused, used = (now - then for now, then in zip(spent(), (paused, used)))
    calm = calm + 1 if paused < used / LITTLE else 0
    if calm == 3:
        sys.exit(f"only {found} collections, of {paused:.6f} s in all, in {used:.6f} s")
else:
    sys.exit(77)
