"""Cycles with finalizers, resurrection, the order of weak-reference callbacks, uncollected
garbage."""
import gc
import weakref

gc.collect()


class Node:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Node.log.append(self.name)


def dead_cycle(names):
    nodes = [Node(n) for n in names]
    for a, b in zip(nodes, nodes[1:] + nodes[:1]):
        a.next = b
    return weakref.ref(nodes[0])


def deeper(f, *args):
    """Call f so that nothing of it stays in this frame."""
    def level(n):
        return f(*args) if n == 0 else level(n - 1)
    return level(10)


# every finalizer of a cycle runs, once
ref = deeper(dead_cycle, "abc")
gc.collect()
assert sorted(Node.log) == list("abc") and ref() is None, Node.log
gc.collect()
assert len(Node.log) == 3
Node.log.clear()


# an object may come back to life; its finalizer does not run again; the weak reference is gone
class Phoenix:
    saved = []
    runs = 0

    def __init__(self):
        self.me = self
        self.data = {"list": [1, 2, 3]}

    def __del__(self):
        Phoenix.runs += 1
        Phoenix.saved.append(self)


def make_phoenix():
    return weakref.ref(Phoenix())


ref = deeper(make_phoenix)
gc.collect()
assert Phoenix.runs == 1 and len(Phoenix.saved) == 1 and ref() is None
p = Phoenix.saved.pop()
assert p.me is p and p.data == {"list": [1, 2, 3]} and gc.is_finalized(p)
again = weakref.ref(p)
del p
gc.collect()
gc.collect()
assert Phoenix.runs == 1 and again() is None


# a finalizer sees what it refers to, whole, though that is garbage as well
class Owner:
    seen = []

    def __init__(self, part):
        self.part = part
        part.owner = self

    def __del__(self):
        Owner.seen.append(self.part.value)


class Part:
    def __init__(self, value):
        self.value = value


deeper(lambda: [Owner(Part(i)) for i in range(50)] and None)
gc.collect()
assert sorted(Owner.seen) == list(range(50)), Owner.seen


# callbacks: the reference is cleared when they run, newest reference first; a dead reference's
# callback does not run
def callbacks():
    class Target:
        pass
    order = []
    t = Target()
    t.self = t
    refs = [weakref.ref(t, lambda r, i=i: order.append((i, r()))) for i in range(4)]
    refs.pop(1)
    return order, refs


order, refs = deeper(callbacks)
gc.collect()
assert sorted(order) == [(0, None), (2, None), (3, None)], order
del refs


# a callback that dies with its target does not run
def both_dead():
    class Target:
        pass
    ran = []
    t = Target()
    t.ref = weakref.ref(t, ran.append)
    t.self = t
    return ran


ran = deeper(both_dead)
gc.collect()
assert ran == []


# an exception in a finalizer is reported and harmless
import sys
unraisable = []
sys.unraisablehook = lambda u: unraisable.append(type(u.exc_value))


class Bad:
    def __del__(self):
        raise KeyError("in __del__")


def bad_callback(r):
    raise IndexError("in a callback")


def make_bad():
    b = Bad()
    b.self = b
    return weakref.ref(b, bad_callback)


ref = deeper(make_bad)
gc.collect()
assert set(unraisable) == {KeyError, IndexError}, unraisable
sys.unraisablehook = sys.__unraisablehook__


# finalizers that collect, make garbage, and drop other objects with finalizers
class Busy:
    count = 0

    def __init__(self, depth):
        self.depth = depth
        self.self = self

    def __del__(self):
        Busy.count += 1
        if self.depth:
            Busy(self.depth - 1)
        gc.collect()


deeper(lambda: [Busy(3) for _ in range(5)] and None)
for _ in range(8):
    gc.collect()
assert Busy.count == 20, Busy.count


# weakref.finalize: once, in the reverse order at exit, not when detached
def finalizers():
    out = []
    class Thing:
        pass
    things = [Thing() for _ in range(3)]
    ends = [weakref.finalize(t, out.append, i) for i, t in enumerate(things)]
    ends[1].detach()
    return out, ends


out, ends = deeper(finalizers)
gc.collect()
assert sorted(out) == [0, 2] and not any(e.alive for e in ends), out


# __del__ set on a class after its objects were made
class Late:
    pass


def late(n):
    out = []
    things = [Late() for _ in range(n)]
    for t in things:
        t.out = out
    Late.__del__ = lambda self: self.out.append(1)
    return out


out = deeper(late, 10)
gc.collect()
assert len(out) == 10, out


# a class in a cycle with its objects goes, and its finalizer still works
def classes():
    out = []

    class Local:
        def __del__(self):
            out.append(type(self).__name__)
    Local.instance = Local()
    return out, weakref.ref(Local)


out, ref = deeper(classes)
gc.collect()
gc.collect()
assert out == ["Local"] and ref() is None, (out, ref())
