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

differences = []
for _ in range(5):
    gc.collect()
    before = collections()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()  # while it lasts for long, as on a busy machine, the idle thread may collect
    differences.append(counts.pop() - before)
assert 0 in differences, differences
