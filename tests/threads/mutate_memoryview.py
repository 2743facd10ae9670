"""Memory views over shared data: written through, sliced, released."""
import mmap
from array import array

from _util import THREADS, expect, run

N = 4000
data = bytearray(THREADS * 64)
view = memoryview(data)


def own_part(k):
    part = view[k * 64:k * 64 + 64]
    for i in range(N):
        part[i % 64] = k + 1
    assert bytes(part) == bytes([k + 1]) * 64
    part.release()


run(own_part, each=THREADS)
assert data == b"".join(bytes([k + 1]) * 64 for k in range(THREADS))

numbers = array("q", range(128))
wide = memoryview(numbers)


def halves(k):
    for i in range(N):
        wide[i % 128] = -1 if i & 1 else 0x0101010101010101
        v = wide[(i * 7) % 128]
        assert v in (-1, 0x0101010101010101) or 0 <= v < 128, "a torn value"
        wide[3:9].tolist(), wide.tobytes()[:8], wide.cast("B")[5]
        if i % 50 == 0:
            assert len(bytes(wide)) == len(b"".join([wide])) == len(b"" + wide) == 1024
            b"abc".find(wide), bytearray(wide), b"a".replace(b"a", wide)


run(halves, each=THREADS)

shared = memoryview(bytearray(100))


def release(k):
    for i in range(N):
        expect((ValueError, BufferError), lambda: (shared[5], shared.tobytes()))
        if i == N // 2:
            expect(BufferError, shared.release)


run(release, each=THREADS)

b = bytearray(50)


def resize(k):
    for i in range(N):
        if k & 1:
            expect(BufferError, b.extend, b"xy")
            expect(BufferError, b.__delitem__, slice(20, None))
        else:
            with memoryview(b) as m:
                n = len(m)
                assert len(bytes(m)) == n == m.nbytes


run(resize, each=THREADS)

# memory that goes with the last view: who reads while another thread releases the view has it to
# the end
for _ in range(100):
    pages = mmap.mmap(-1, 4 * mmap.PAGESIZE)
    one = memoryview(pages)

    def read(k):
        while one.tolist() and one[5] == 0 and bytes(one) and one[2:9].tobytes() and one == one[:] and len(list(one)):
            one[7] = 0

    def give_back(k):
        one[5]
        expect(BufferError, one.release)  # a reader's buffer may be in the way
        expect(BufferError, pages.close)
        while one.nbytes:
            expect(BufferError, one.release)

    run(lambda k: expect(ValueError, read, k), lambda k: expect(ValueError, give_back, k))
    one = None
    pages.close()
