"""A thread that computes while others sleep, wake and change the same objects: nothing it does then
is lost, seen half done, or mixed with what they do.  (Where the others sleep, a thread of Typhon
takes no locks: gc/sharing.c.)"""
import collections
import gc
import random
import sys
import threading
import time

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 2
SLEEPERS = 3


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Bare:
    pass


class Shared:
    """What each thread adds is in one of these, and is counted by the thread itself."""

    def __init__(self):
        self.list, self.dict, self.set, self.deque = [], {}, set(), collections.deque()
        self.bytes = bytearray()
        self.object = Point(0, 0)
        self.cells = [0] * 64


shared = Shared()
stop = threading.Event()
done = [0] * (SLEEPERS + 1)
errors = []


def numbers(n):
    for i in range(n):
        yield i


def change(k, i):
    """One addition to each, and things of the thread's own, whose places are found by the same
    code."""
    shared.list.append((k, i))
    shared.dict[k, i] = i
    shared.set.add((k, i))
    shared.deque.append((k, i))
    shared.bytes.extend(b"%c" % k)
    setattr(shared.object, f"a{k}", i)
    shared.cells[k] = i
    own = Point(i, -i)
    own.x, own.y = own.y, own.x
    assert (own.x, own.y) == (-i, i)
    bare = Bare()
    bare.first, bare.second = k, i
    assert vars(bare) == {"first": k, "second": i}
    mine = [0, 1, 2]
    mine[i % 3] = k
    a, b, c = mine
    assert [a, b, c] == mine
    mine[:] = [j for j in numbers(5)]
    assert ",".join([str(j) for j in mine]) == "0,1,2,3,4"
    assert sum(numbers(5)) == 10
    done[k] = i + 1


def body(k, pause):
    try:
        i = 0
        while not stop.is_set():
            for _ in range(20 if pause else 100):
                change(k, i)
                i += 1
            if pause:
                pause()
    except BaseException as e:
        errors.append(e)
        stop.set()


def look():
    """What others add is whole whenever one looks."""
    for k, i in list(shared.list)[-50:]:
        assert i <= done[k] + 1
    for (_, i), v in list(shared.dict.items())[-50:]:
        assert i == v
    vars(shared.object).copy()


rng = random.Random(5)
ways = [lambda: time.sleep(0.001), lambda: time.sleep(rng.random() * 0.004),
        lambda: (stop.wait(rng.random() * 0.02), look())]
threads = [threading.Thread(target=body, args=(k + 1, ways[k])) for k in range(SLEEPERS)]
threads.append(threading.Thread(target=body, args=(0, None)))
for t in threads:
    t.start()
end = time.monotonic() + SECONDS
while time.monotonic() < end and not stop.is_set():
    time.sleep(rng.random() * 0.05)
    look()
    gc.collect()
stop.set()
for t in threads:
    t.join(60)
    assert not t.is_alive(), "a thread hangs"
if errors:
    raise errors[0]
assert all(done)
for what in shared.list, shared.dict, shared.set, shared.deque:
    seen = collections.Counter(k for k, _ in what)
    assert [seen[k] for k in range(SLEEPERS + 1)] == done, (type(what), seen, done)
    assert len(what) == sum(done)
for what in shared.list, shared.deque, shared.dict:
    last = [-1] * (SLEEPERS + 1)
    for k, i in what:
        assert i == last[k] + 1
        last[k] = i
assert collections.Counter(shared.bytes) == {k: n for k, n in enumerate(done)}
assert vars(shared.object) == {"x": 0, "y": 0, **{f"a{k}": n - 1 for k, n in enumerate(done)}}
assert shared.cells[:SLEEPERS + 1] == [n - 1 for n in done]
