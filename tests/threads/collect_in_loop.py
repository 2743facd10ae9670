"""A thread that collects in a loop leaves the others at least half of the time."""
import gc
import sys
import threading
import time

from _util import run

if sys.implementation.name != "typhon":
    sys.exit(77)  # no gc.get_pauses()

kept = [[i] for i in range(20000)]
ended = threading.Event()


def collect(k):
    while not ended.is_set():
        gc.collect()


def work(k):
    begin, before = time.monotonic(), gc.get_pauses()["full"]["total"]
    while time.monotonic() < begin + .5:
        [[i] for i in range(1000)]
    share = (gc.get_pauses()["full"]["total"] - before) / (time.monotonic() - begin)
    ended.set()
    return share


share, _ = run(work, collect)
assert share < .75, share
