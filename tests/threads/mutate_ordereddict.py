"""An OrderedDict under inserts, moves, deletions and reads from several threads."""
from collections import OrderedDict

from _util import THREADS, expect, run

N = 2000
LEGAL = (KeyError, RuntimeError)

# inserts of own keys all arrive, each thread's in its order
d = OrderedDict()
run(lambda k: [d.__setitem__((k, i), i) for i in range(N)], each=THREADS)
assert len(d) == THREADS * N
for k in range(THREADS):
    assert [i for j, i in d if j == k] == list(range(N))

# popitem from both ends takes each once
got = run(lambda k: [p for p in iter(lambda: expect(KeyError, d.popitem, k % 2 == 0), None)],
          each=THREADS)
assert sorted(key for part in got for key, _ in part) == [(k, i) for k in range(THREADS)
                                                          for i in range(N)] and not d

# keys that move are never absent, and those that stay keep their order
d = OrderedDict.fromkeys(range(40))


def move(k):
    for i in range(N):
        d.move_to_end((i * 7 + k) % 20, last=i % 50 != 0)
        assert (i + 1) % 20 in d


run(move, each=THREADS)
assert (len(d) == 40 and sorted(d) == list(range(40)) and [i for i in d if i >= 20]
        == list(range(20, 40)))


# one OrderedDict, everything at once
class Sub(OrderedDict):
    pass


def change(k):
    for i in range(N):
        key = f"k{(i * 7 + k) % 100}"
        match (i + k) % 8:
            case 0 | 1 | 2:
                d[key] = i
            case 3:
                expect(KeyError, d.__delitem__, key)
            case 4:
                expect(KeyError, d.move_to_end, key, i % 60 != 0)
            case 5:
                d.setdefault(key, i)
            case 6:
                d.pop(key, None)
            case 7 if i % 300 == 0:
                d.clear()


def read(k):
    for i in range(N):
        v = d.get(f"k{i % 100}")
        assert v is None or type(v) is int
        if i % 20 == 0:
            expect(LEGAL, lambda: [v for v in d.values()])
            expect(LEGAL, lambda: {k: v for k, v in d.items()})
            expect(LEGAL, lambda: [k for k in reversed(d)])
            assert all(type(k) is str and type(v) is int for k, v in list(d.items()))
            keys = list(d)
            assert len(keys) == len(set(keys))
            copy = OrderedDict(d)
            assert all(type(k) is str and type(v) is int for k, v in copy.items())
            dict(d), d | {"x": 1}, d == copy, repr(d)


for kind in OrderedDict, Sub:
    d = kind((f"k{i}", i) for i in range(64))
    run(change, read, each=2)
    assert all(type(k) is str and type(v) is int for k, v in d.items())
    assert len(d) == len(list(d)) == len({*d})
