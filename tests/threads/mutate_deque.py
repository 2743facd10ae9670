"""A deque at both ends, rotated and read from several threads."""
from collections import deque

from _util import THREADS, expect, run

N = 4000

q = deque()
run(lambda k: [(q.append if i & 1 else q.appendleft)((k, i)) for i in range(N)], each=THREADS)
assert len(q) == THREADS * N
got = run(lambda k: [x for x in iter(lambda: expect(IndexError, q.pop if k & 1 else q.popleft),
                                     None)], each=THREADS)
assert sum(map(len, got)) == THREADS * N == len(set(sum(got, [])))

LEGAL = (IndexError, ValueError, RuntimeError)
q = deque(range(50), maxlen=200)


def change(k):
    for i in range(N):
        match (i + k) % 8:
            case 0 | 1:
                q.append(i)
            case 2:
                q.appendleft(i)
            case 3:
                expect(LEGAL, q.pop)
            case 4:
                expect(LEGAL, q.popleft)
            case 5:
                q.rotate(3)
            case 6:
                q.extend((1, 2, 3))
            case 7:
                expect(LEGAL, q.__setitem__, 2, i)


def read(k):
    for i in range(N // 4):
        expect(LEGAL, lambda: [x for x in q])
        expect(LEGAL, lambda: (q.count(3), q.index(5), 7 in q, q == deque([1]), repr(q)))
        expect(LEGAL, q.__getitem__, 5)
        assert len(q) <= 200
        expect(LEGAL, q.copy)


run(change, read, each=2)
assert all(type(x) is int for x in q) and len(q) == len(list(q)) <= 200
