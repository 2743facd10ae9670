"""A list under appends, pops, slices, sorts and iteration from several threads."""
import threading

from _util import THREADS, expect, run

N = 3000

# every append arrives
shared = []
run(lambda k: [shared.append((k, i)) for i in range(N)], each=THREADS)
assert len(shared) == THREADS * N
for k in range(THREADS):
    assert [i for t, i in shared if t == k] == list(range(N))

# every element is popped once
taken = []


def take(k):
    mine = []
    while True:
        try:
            mine.append(shared.pop())
        except IndexError:
            return mine


taken = sum(run(take, each=THREADS), [])
assert len(taken) == THREADS * N and len(set(taken)) == len(taken) and shared == []

# extend is atomic
run(lambda k: [shared.extend((k,) * 10) for _ in range(N // 10)], each=THREADS)
assert all(len(set(shared[i:i + 10])) == 1 for i in range(0, len(shared), 10))

# an item that is assigned while the list grows is not lost
shared = [0] * THREADS


def assign(k):
    for i in range(N):
        if k == 0:
            shared.append(i)
        else:
            shared[k] = i
            assert shared[k] == i


run(assign, each=THREADS)
assert shared == [0] + [N - 1] * (THREADS - 1) + list(range(N))

# unpacking, join() and what else reads several items see one moment
shared = ["0"] * 3


CHANGES = 70_000  # more than are counted in 16 bits
done = threading.Event()


def replace(k):
    for i in range(CHANGES):
        shared[:] = [str(i)] * 3
    done.set()


def look(k):
    while not done.is_set():
        for copy in (shared[:], shared[0:3], list(shared), tuple(shared), [*shared], sorted(shared),
                     shared.copy(), (lambda *a: a)(*shared), [0] + shared, shared[::2], shared * 1):
            assert len(copy) in (3, 4, 2) and len({*copy[-2:]}) == 1, copy
        assert len({*(["x"] + shared)}) == 2
        a, b, c = shared
        d, e, f = "-".join(shared).split("-")
        assert a == b == c and d == e == f and len(set(shared)) == 1
        match shared:
            case [a, b, c]:
                assert a == b == c
            case _:
                assert False
        try:
            a, b = shared
        except ValueError as error:
            assert str(error) == "too many values to unpack (expected 2)"


run(replace, look, each=2)

# all kinds of changes: nothing but an IndexError or ValueError, and a whole list behind it
shared = list(range(100))
LEGAL = (IndexError, ValueError)


def change(k):
    for i in range(N):
        match (i + k) % 12:
            case 0:
                shared.append(i)
            case 1:
                expect(LEGAL, shared.pop, i % 50)
            case 2:
                shared.insert(i % 40, i)
            case 3:
                shared[10:20] = range(i % 17)
            case 4:
                expect(LEGAL, shared.__delitem__, 3)
            case 5:
                expect(LEGAL, shared.remove, i)
            case 6:
                shared.reverse()
            case 7:
                expect(LEGAL, shared.__setitem__, 5, i)
            case 8:
                shared.extend([i] * 3)
            case 9 if i % 50 == 0:
                expect(LEGAL, shared.sort)
            case 10 if i % 70 == 0:
                shared.clear()
            case 11:
                del shared[60:]


def read(k):
    total = 0
    for i in range(N):
        for x in shared:
            total += x
        copy = shared[:]
        assert all(type(x) is int for x in copy)
        len(shared), 5 in shared, shared.count(3), list(shared), tuple(shared), shared + [1], shared == copy
        x = expect(LEGAL, shared.__getitem__, i % 30)
        assert x is None or type(x) is int
        if i % 100 == 0:
            repr(shared), sorted(shared), sum(shared)
        if i == N // 8:
            return total


run(change, read, each=2)
assert all(type(x) is int for x in shared)
shared.sort()
assert shared == sorted(shared)
