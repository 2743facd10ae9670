"""A bytearray under appends, slices, deletions and reads from several threads."""
from _util import THREADS, expect, run

N = 4000

b = bytearray()
run(lambda k: [b.append(k) for _ in range(N)], each=THREADS)
assert len(b) == THREADS * N and all(b.count(k) == N for k in range(THREADS))
b = bytearray()
run(lambda k: [b.extend(bytes([k]) * 8) for _ in range(N // 8)], each=THREADS)
assert all(len(set(b[i:i + 8])) == 1 for i in range(0, len(b), 8))

b = bytearray(THREADS)


def assign(k):
    for i in range(N):
        if k == 0:
            b.append(1)
        else:
            b[k] = i & 0xFF
            assert b[k] == i & 0xFF


run(assign, each=THREADS)
assert len(b) == THREADS + N and b[THREADS:] == b"\1" * N

LEGAL = (IndexError, ValueError, BufferError)
b = bytearray(b"start" * 20)


def change(k):
    for i in range(N):
        match (i + k) % 8:
            case 0 | 1:
                b.extend(b"abc")
            case 2:
                expect(LEGAL, b.pop)
            case 3:
                b[5:9] = b"zz"
            case 4:
                expect(LEGAL, b.__setitem__, 3, i & 0xFF)
            case 5:
                del b[100:]
            case 6:
                b.insert(2, 7)
            case 7:
                b.reverse()


def read(k):
    for i in range(N):
        bytes(b), len(b), b.find(b"abc"), b[2:10], b.count(b"z"), b.hex() if i % 50 == 0 else None
        x = expect(LEGAL, b.__getitem__, i % 20)
        assert x is None or 0 <= x < 256
        b == b"abc", b + b"x", 7 in b, b.startswith(b"s"), b.upper(), b.split(b"a")


run(change, read, each=2)
assert len(bytes(b)) == len(b)
