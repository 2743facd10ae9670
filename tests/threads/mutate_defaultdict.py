"""defaultdict, Counter and ChainMap under use by several threads."""
from collections import ChainMap, Counter, defaultdict

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

parts = run(lambda k: Counter(i % 10 for i in range(N)), each=THREADS)
whole = Counter()
for p in parts:
    whole.update(p)
assert set(whole.values()) == {THREADS * N // 10}
chain = ChainMap({}, {i: -1 for i in range(100)})
run(lambda k: [(chain.__setitem__(i % 50 + 50 * (k & 1), k), chain[i % 100]) for i in range(N)],
    each=THREADS)
assert len(chain.maps[0]) == 100
