"""A dict under inserts, deletions, growth and reads from several threads."""
from _util import THREADS, expect, run

N = 4000

# inserts of own keys all arrive
d = {}
run(lambda k: [d.__setitem__((k, i), i) for i in range(N)], each=THREADS)
assert len(d) == THREADS * N and all(d[k, i] == i for k in range(THREADS) for i in range(N))

# each key is deleted by one thread only
wins = run(lambda k: sum(d.pop((j, i), None) is not None for j in range(THREADS) for i in range(N)),
           each=THREADS)
assert sum(wins) == THREADS * N and not d

# setdefault has one winner
wins = run(lambda k: [d.setdefault(i, k) for i in range(N)], each=THREADS)
assert all(w == wins[0] for w in wins)

# popitem takes each once
got = run(lambda k: [p for p in iter(lambda: expect(KeyError, d.popitem), None)], each=THREADS)
assert sorted(k for part in got for k, _ in part) == list(range(N)) and not d

# one dict, everything at once
LEGAL = (KeyError, RuntimeError)
d = {f"k{i}": i for i in range(64)}


def change(k):
    for i in range(N):
        key = f"k{(i * 7 + k) % 200}"
        match (i + k) % 8:
            case 0 | 1 | 2:
                d[key] = i
            case 3:
                expect(KeyError, d.__delitem__, key)
            case 4:
                d.update({key: i, "extra": k})
            case 5:
                d.setdefault(key, i)
            case 6:
                d.pop(key, None)
            case 7 if i % 300 == 0:
                d.clear()


def read(k):
    for i in range(N):
        key = f"k{i % 200}"
        v = d.get(key)
        assert v is None or type(v) is int
        key in d, len(d), d.get("extra")
        if i % 20 == 0:
            expect(LEGAL, lambda: [v for v in d.values()])
            expect(LEGAL, lambda: {k: v for k, v in d.items()})
            copy = d.copy()
            assert all(type(k) is str and type(v) is int for k, v in copy.items())
            list(d), dict(d), d | {"x": 1}, d == copy, repr(d)


run(change, read, each=2)
assert all(type(k) is str and type(v) is int for k, v in d.items())
assert len(d) == len(list(d)) == len({*d})


# keys whose comparison runs Python code
class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n % 8

    def __eq__(self, other):
        return self.n == other.n


d = {}
run(lambda k: [d.__setitem__(Key(i), k) for i in range(150)], each=THREADS)
assert sorted(key.n for key in d) == list(range(150))
