"""A program in small: readers, workers and a merger over shared tables, checked against one
thread's result."""
import collections
import heapq
import json
import queue
import threading

from _util import run

TEXT = ("the quick brown fox jumps over the lazy dog and runs away from seven angry wizards " * 40).split()
CHUNKS = [TEXT[i:i + 50] for i in range(0, len(TEXT), 7)]


def count(words):
    c = collections.Counter(words)
    return {w: [n, len(w), w[::-1]] for w, n in c.items()}


def merge(parts):
    total = {}
    for part in parts:
        for w, (n, size, back) in part.items():
            total.setdefault(w, [0, size, back])[0] += n
    return total


alone = merge(map(count, CHUNKS))
todo, results = queue.Queue(), queue.SimpleQueue()
index, lock = collections.defaultdict(list), threading.Lock()
for i, chunk in enumerate(CHUNKS):
    todo.put((i, chunk))


def worker(k):
    heap = []
    while True:
        try:
            i, chunk = todo.get_nowait()
        except queue.Empty:
            return len(heap)
        part = json.loads(json.dumps(count(chunk)))
        results.put((i, part))
        heapq.heappush(heap, (-len(part), i))
        with lock:
            for w in part:
                index[w].append(i)


assert sum(run(worker, each=4)) == len(CHUNKS)
parts = {}
while not results.empty():
    i, part = results.get()
    parts[i] = part
assert sorted(parts) == list(range(len(CHUNKS)))
assert merge(parts[i] for i in sorted(parts)) == alone
assert {w: sorted(x) for w, x in index.items()} == {
    w: [i for i, c in enumerate(CHUNKS) if w in c] for w in alone}
