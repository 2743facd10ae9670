"""A file open for reading and writing: whatever turns the two take, it does what an unbuffered one
does, and turns inside the buffer call nothing of the raw stream."""
import io
import os
import random


def compare(seed, size):
    rng = random.Random(seed)
    start = bytes(rng.randrange(97, 123) for _ in range(rng.choice((0, 20, 60))))
    a, b = io.FileIO(os.memfd_create("a"), "r+"), io.FileIO(os.memfd_create("b"), "r+")
    for raw in (a, b):
        raw.write(start)
        raw.seek(0)
    f = io.BufferedRandom(b, size)
    log = []
    for step in range(60):
        op = rng.choice(["read", "read", "write", "write", "write", "seek", "seek1", "seek2",
                         "tell", "readline", "peek", "flush", "truncate", "readinto", "readall",
                         "read1"])
        n = rng.choice((0, 1, 2, 3, 5, 8, 13, 30))
        log.append((op, n))
        if op == "read":
            x, y = a.read(n), f.read(n)
        elif op == "write":
            data = bytes(rng.randrange(48, 58) if rng.random() < .9 else 10 for _ in range(n))
            x, y = a.write(data), f.write(data)
        elif op == "seek":
            x, y = a.seek(n), f.seek(n)
        elif op == "seek1":
            n = max(n - 6, -a.tell())
            x, y = a.seek(n, 1), f.seek(n, 1)
        elif op == "seek2":
            n = max(-n, -os.fstat(a.fileno()).st_size) if f.flush() is None else 0
            x, y = a.seek(n, 2), f.seek(n, 2)
        elif op == "tell":
            x, y = a.tell(), f.tell()
        elif op == "readline":
            x, y = a.readline(), f.readline()
        elif op == "peek":
            at = a.tell()
            y = f.peek()
            x = a.read(len(y))
            a.seek(at)
            if not y:
                assert a.read(1) == b"", log
        elif op == "flush":
            x, y = None, f.flush()
            x, y = os.pread(a.fileno(), 999, 0), os.pread(b.fileno(), 999, 0)
        elif op == "truncate":
            x, y = a.truncate(), f.truncate()
        elif op == "readinto":
            p, q = bytearray(n), bytearray(n)
            x, y = (a.readinto(p), p), (f.readinto(q), q)
        elif op == "read1":
            f.flush()
            y = f.read1(n)
            x = a.read(len(y))
            assert y or not n or a.read(1) == b"", log
        else:
            x, y = a.read(), f.read()
        assert x == y, (log, x, y)
        assert a.tell() == f.tell(), (log, a.tell(), f.tell())
    f.flush()
    assert os.pread(a.fileno(), 999, 0) == os.pread(b.fileno(), 999, 0), log
    f.close()
    a.close()


for seed in range(60):
    for size in (1, 4, 16, 8192):
        compare(seed, size)


class Counting(io.FileIO):
    calls = 0

    def readinto(self, buffer):
        self.calls += 1
        return super().readinto(buffer)

    def write(self, data):
        self.calls += 1
        return super().write(data)

    def seek(self, *args):
        self.calls += 1
        return super().seek(*args)


raw = Counting(os.memfd_create("records"), "r+")
raw.write(b"recordXX" * 100)
f = io.BufferedRandom(raw)
f.seek(0)
assert f.peek(1)
raw.calls = 0
for i in range(100):
    assert f.read(6) == b"record"
    assert f.write(b"%02d" % i) == 2
    f.seek(i * 8)
    assert f.read(8) == b"record%02d" % i
assert raw.calls < 10, raw.calls
f.flush()
assert os.pread(raw.fileno(), 800, 0) == b"".join(b"record%02d" % i for i in range(100))
f.close()

# what is appended goes to the end of the file, wherever it was read
with open(f"/proc/self/fd/{os.memfd_create('log')}", "a+b") as f:
    f.write(b"0123456789")
    f.seek(0)
    assert f.read(2) == b"01"
    f.write(b"ab")
    f.flush()
    f.seek(0)
    assert f.read() == b"0123456789ab"
