"""gc.get_objects() and gc.get_referrers() while another thread collects: what they have gathered is
not freed under them, as TYPHON_GC_VERIFY sees."""
import gc
import os
import sys
import threading

from _util import run, until

if os.environ.get("TYPHON_GC_VERIFY") != "1":
    os.environ["TYPHON_GC_VERIFY"] = "1"
    os.execv(sys.executable, [sys.executable, *sys.argv])

stop = threading.Event()
marker = object()


def fail():
    raise ValueError


def frames():
    """Frames and tracebacks that nothing refers to any more when they are looked at."""
    for _ in range(50):
        try:
            fail()
        except ValueError as e:
            e.me = e


def look(k):
    for _ in range(60):
        frames()
        assert len(gc.get_objects()) > 1000
        gc.get_referrers(marker)
        [[] for _ in range(5000)]
    stop.set()


run(look, until(stop, gc.collect), until(stop, frames), limit=600)  # each round verifies heaps
