"""StringIO and BytesIO shared by several threads."""
import io

from _util import THREADS, expect, run

N = 2000

b = io.BytesIO()
run(lambda k: [b.write(b"%d\n" % k) for _ in range(N)], each=THREADS)
assert sorted(b.getvalue().split()) == sorted([b"%d" % k for k in range(THREADS) for _ in range(N)])
s = io.StringIO()
run(lambda k: [s.write(f"{k}\n") for _ in range(N)], each=THREADS)
assert sorted(s.getvalue().split()) == sorted([f"{k}" for k in range(THREADS) for _ in range(N)])
b.seek(0)
got = sum(run(lambda k: list(iter(b.readline, b"")), each=THREADS), [])
assert len(got) == N * THREADS
s.seek(0)
got = sum(run(lambda k: list(iter(s.readline, "")), each=THREADS), [])
assert len(got) == N * THREADS

for f, piece in ((io.BytesIO(b"x" * 100), b"yz"), (io.StringIO("x" * 100), "yz")):
    legal = set(piece + (b"x\0" if isinstance(piece, bytes) else "x\0"))

    def change(k):
        for i in range(N):
            f.seek(i % 90)
            f.write(piece)
            if i % 100 == 0:
                f.truncate(95)

    def read(k):
        for i in range(N):
            f.seek(0)
            f.read(20), f.tell(), f.readline()
            v = f.getvalue()
            assert set(v) <= legal
            if isinstance(v, bytes) and i % 50 == 0:
                view = expect(BufferError, f.getbuffer)
                if view is not None:
                    bytes(view)
                    view.release()

    run(lambda k: expect(BufferError, change, k), read, each=2)

# one thread closes it and makes it new while others use it: ValueError or what was there at some
# moment
for f, whole in ((io.BytesIO(), b"ab\n" * 30), (io.StringIO(), "ab\n" * 30)):
    def renew(k):
        for i in range(N):
            expect(BufferError, f.close)
            expect(BufferError, f.__init__, whole)
            f.__sizeof__()

    def use(k):
        for i in range(N):
            for operation in (f.read, f.getvalue, f.readline, f.tell, f.truncate, f.__getstate__):
                got = expect((ValueError, BufferError), operation)
                assert not isinstance(got, type(whole)) or got in whole, got
            expect(ValueError, f.seek, i % 90)
            if isinstance(f, io.BytesIO) and i % 20 == 0:
                view = expect(ValueError, f.getbuffer)
                if view is not None:
                    assert bytes(view) in whole
                    view.release()

    run(renew, use, each=2)
