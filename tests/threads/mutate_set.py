"""A set under adds, removals, algebra and reads from several threads."""
from _util import THREADS, expect, run

N = 3000

s = set()
run(lambda k: [s.add((k, i)) for i in range(N)], each=THREADS)
assert len(s) == THREADS * N
got = run(lambda k: [x for x in iter(lambda: expect(KeyError, s.pop), None)], each=THREADS)
assert sum(map(len, got)) == THREADS * N == len(set().union(*got)) and not s

LEGAL = (KeyError, RuntimeError)
s = set(range(100))


def change(k):
    for i in range(N):
        match (i + k) % 8:
            case 0 | 1 | 2:
                s.add(i % 300)
            case 3:
                s.discard(i % 200)
            case 4:
                expect(KeyError, s.remove, i % 200)
            case 5:
                s.update((i, i + 1, i + 2))
            case 6 if i % 10 == 0:
                expect(LEGAL, s.intersection_update, range(0, 4000, 2))
            case 7 if i % 100 == 0:
                s.clear()


def read(k):
    for i in range(N):
        i in s, len(s)
        if i % 20 == 0:
            copy = s.copy()
            assert all(type(x) is int for x in copy)
            expect(LEGAL, lambda: sum(x for x in s))
            expect(LEGAL, lambda: (s | {1}, s & {1, 2}, s - {5}, s ^ {7}, s <= copy, s == copy,
                                   frozenset(s), list(s)))


run(change, read, each=2)
assert all(type(x) is int for x in s) and len(s) == len(list(s))
