"""Weak references read while their objects die: the object or None; callbacks once; finalize()."""
import gc
import weakref

from _util import THREADS, run

N = 300


class Thing:
    def __init__(self, n):
        self.n = n
        self.check = n * 3


slots = [None] * 16
called = []


def replace(k):
    for i in range(N):
        t = Thing(i)
        slots[i % 16] = weakref.ref(t, lambda r, i=i, k=k: called.append((k, i)))
        u = weakref.ref(t)
        assert u() is t and weakref.getweakrefcount(t) >= 1
        del t
        if i % 50 == 0:
            gc.collect()


def read(k):
    for i in range(N * 5):
        r = slots[i % 16]
        t = r() if r is not None else None
        assert t is None or t.check == t.n * 3


run(replace, read, each=2)
gc.collect()
assert len(called) == len(set(called))

ended = []


def finalizers(k):
    for i in range(N):
        t = Thing(i)
        weakref.finalize(t, ended.append, (k, i))
        proxy = weakref.proxy(t)
        assert proxy.n == i
        del t, proxy


run(finalizers, each=THREADS)
for _ in range(3):
    gc.collect()
assert len(ended) == len(set(ended)) and len(ended) >= THREADS * N * 0.9, len(ended)

# one object, references made by all threads
t = Thing(1)
refs = run(lambda k: [weakref.ref(t) for _ in range(N)], each=THREADS)
assert all(r() is t for part in refs for r in part)
assert len({id(r) for part in refs for r in part}) == 1, "references without a callback are shared"
