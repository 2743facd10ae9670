"""A thread that starts takes itself from a dict of threading, while it refers to itself: no
collection is begun for that."""
import gc
import sys
import threading


def collections():
    return sum(generation["collections"] for generation in gc.get_stats())


def run():
    counts.append(collections())


counts = [collections()]
texts = [str(i) for i in range(3000)]
if collections() != counts.pop():
    sys.exit(77)  # they come without a cause here

for _ in range(5):
    gc.collect()
    before = collections()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert counts.pop() == before
