"""WeakKeyDictionary, WeakValueDictionary and WeakSet under use by several threads."""
import gc
import weakref

from _util import THREADS, expect, run

N = 500


class Thing:
    def __init__(self, n):
        self.n = n


LEGAL = (KeyError, RuntimeError, TypeError)
values, keys, members = (weakref.WeakValueDictionary(), weakref.WeakKeyDictionary(),
                         weakref.WeakSet())


def use(k):
    kept = []
    for i in range(N):
        t = Thing((k, i))
        values[k, i] = t
        keys[t] = i
        members.add(t)
        if i % 3 == 0:
            kept.append(t)
        if i % 100 == 0:
            expect(LEGAL, lambda: (len(values), list(values.items()), list(keys), list(members)))
        got = values.get((k, i - 1))
        assert got is None or got.n == (k, i - 1)
    for t in kept:
        assert keys[t] == t.n[1] and values[t.n] is t and t in members
    return kept


kept = sum(run(use, each=THREADS), [])
gc.collect()
gc.collect()
assert {t.n for t in kept} <= set(values)
assert all(t in keys and t in members for t in kept)
t = kept[0]


# ---- all threads get the same reference to an object, while others come and go ----

shared = [Thing(i) for i in range(20)]
plain = [weakref.ref(x) for x in shared]


def look(k):
    for i in range(N):
        for x, r in zip(shared, plain):
            assert weakref.ref(x) is r and r() is x
        fresh = [Thing((k, i, j)) for j in range(10)]
        others = [weakref.ref(x) for x in fresh]
        assert [r() for r in others] == fresh


def collect(k):
    for _ in range(10):
        gc.collect()


run(look, look, look, collect)


def ask(k):
    mine = [weakref.ref(x) for x in fresh]
    assert len(set(mine)) == len(fresh)
    return mine


for _ in range(50):
    fresh = [Thing(i) for i in range(100)]
    got = run(ask, each=THREADS)
    assert all(a is b for mine in got for a, b in zip(mine, got[0]))
