"""array.array under appends, slices and reads from several threads."""
from array import array

from _util import THREADS, expect, run

N = 4000

a = array("q")
run(lambda k: [a.append(k * N + i) for i in range(N)], each=THREADS)
assert sorted(a) == list(range(THREADS * N))

LEGAL = (IndexError, ValueError, BufferError)
a = array("i", range(50))


def change(k):
    for i in range(N):
        match (i + k) % 8:
            case 0 | 1:
                a.append(i)
            case 2:
                expect(LEGAL, a.pop)
            case 3:
                expect(LEGAL, a.__setitem__, 3, i)
            case 4:
                a.extend(array("i", (1, 2, 3)))
            case 5:
                del a[60:]
            case 6:
                a.insert(1, i)
            case 7:
                a.byteswap()


def read(k):
    for i in range(N // 4):
        assert all(type(x) is int for x in a[:20])
        len(a), a.count(1), list(a), a.tobytes(), 3 in a
        expect(LEGAL, a.__getitem__, i % 30)


run(change, read, each=2)
assert len(a.tobytes()) == len(a) * a.itemsize
