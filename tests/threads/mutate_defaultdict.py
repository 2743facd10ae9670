<<<<<<< HEAD
"""defaultdict, Counter and ChainMap under use by several threads."""
from collections import ChainMap, Counter, defaultdict
=======
"""defaultdict, OrderedDict, Counter and ChainMap under use by several threads."""
import _collections
from collections import ChainMap, Counter, OrderedDict, defaultdict
>>>>>>> 218e536 (modules/audioop.c: Builds with -O2; tests/threads/mutate_defaultdict.py: An OrderedDict in Python.)

from _util import THREADS, run

N = 2000

d = defaultdict(list)
for i in range(50):
    d[i]
run(lambda k: [d[i % 50].append((k, i)) for i in range(N)], each=THREADS)
assert sum(map(len, d.values())) == THREADS * N
d = defaultdict(int)
run(lambda k: [d[k, i] for i in range(N)], each=THREADS)
assert len(d) == THREADS * N and set(d.values()) == {0}

<<<<<<< HEAD
=======
# where OrderedDict is the library's class in Python, its links are seen half-made: AttributeError
LEGAL = (KeyError, RuntimeError, *(() if hasattr(_collections, "OrderedDict") else (AttributeError,)))
o = OrderedDict((i, i) for i in range(50))


def change(k):
    for i in range(N):
        match (i + k) % 6:
            case 0 | 1:
                o[i % 100] = i
            case 2:
                o.pop(i % 100, None)
            case 3:
                expect(LEGAL, o.move_to_end, i % 100)
            case 4 if i % 3 == 0:
                expect(LEGAL, o.popitem)
            case 5:
                o.setdefault(i % 100, i)


def read(k):
    for i in range(N // 5):
        expect(LEGAL, lambda: list(o.items()))
        expect(LEGAL, lambda: list(reversed(o)))
        expect(LEGAL, lambda: o == o.copy())
        o.get(5), len(o), 5 in o


run(change, read, each=2)
assert len(list(o)) == len(o) == len(list(reversed(o)))

>>>>>>> 218e536 (modules/audioop.c: Builds with -O2; tests/threads/mutate_defaultdict.py: An OrderedDict in Python.)
parts = run(lambda k: Counter(i % 10 for i in range(N)), each=THREADS)
whole = Counter()
for p in parts:
    whole.update(p)
assert set(whole.values()) == {THREADS * N // 10}
chain = ChainMap({}, {i: -1 for i in range(100)})
run(lambda k: [(chain.__setitem__(i % 50 + 50 * (k & 1), k), chain[i % 100]) for i in range(N)], each=THREADS)
assert len(chain.maps[0]) == 100
