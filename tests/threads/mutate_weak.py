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
