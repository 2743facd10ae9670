"""Threads that change one object with nothing, little and much of their own to do in between, and
with a lock held: who waits for whom is up to the interpreter, but all of them get on, whatever the
others do, and nothing is lost."""
import collections
import threading

from _util import run, until

TURNS = 3000


class Plain:
    pass


o = Plain()
o.a = o.b = o.c = 0
items, table, line, numbers = [], {}, collections.deque(), set()
lock = threading.Lock()
left = [0]


def attribute(k, i):
    setattr(o, "abc"[k], i)


def under_a_lock(k, i):
    with lock:
        table["count"] = table.get("count", 0) + 1


def both(k, i):
    items.append(k)
    line.append(k)


def number(k, i):
    numbers.add(k * TURNS + i)


for change in (attribute, under_a_lock, both, number):
    stop = threading.Event()

    def worker(k):
        for i in range(TURNS):
            for j in range((0, 5, 60)[k]):
                left[0] = j  # another object that all change
            change(k, i)

    run(worker, each=3)

    def last(k):  # of what others change all the time
        try:
            worker(0)
        finally:
            stop.set()

    hurried = until(stop, lambda: change(1, 0))
    assert all(n is None or n > 0 for n in run(last, hurried, hurried))

assert (o.a, o.c) == (TURNS - 1, TURNS - 1) and o.b in (0, TURNS - 1)
assert table["count"] >= 4 * TURNS
assert all(items.count(k) == line.count(k) >= TURNS for k in range(3)), (
    [items.count(k) for k in range(3)])
assert numbers == set(range(3 * TURNS))
