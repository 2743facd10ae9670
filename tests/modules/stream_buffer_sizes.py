"""What buffered streams ask of the streams below them, and what memory their buffers take."""
import io
import os
import sys
import tracemalloc


class Small(io.RawIOBase):
    """Gives a little of what is asked for, and takes all."""

    def __init__(self):
        self.asked, self.taken = [], []

    def readable(self):
        return True

    def writable(self):
        return True

    def readinto(self, target):
        self.asked.append(len(target))
        target[:3] = b"abc"
        return 3

    def write(self, data):
        self.taken.append(bytes(data))
        return len(data)


# what is asked of the stream below, and when
raw = Small()
stream = io.BufferedReader(raw)
assert stream.read1(100) == b"abc" and stream.read1() == b"abc" and stream.read1(10000) == b"abc"
assert raw.asked == [100, 8192, 10000], raw.asked
assert (stream.peek() == b"abc" and stream.read1(2) == b"ab" and stream.read1(5) == b"c"
        and stream.read1(0) == b"")
assert io.BufferedReader(Small()).read1(0) == b"" and io.BufferedWriter(Small()).flush() is None
assert io.BufferedReader(io.BytesIO(b"x\ny")).readline() == b"x\n"
stream = io.BufferedWriter(Small())
assert stream.write(b"1") == 1 and stream.write(b"2" * 8191) == 8191 and stream.raw.taken == []
assert stream.write(b"3") == 1 and stream.raw.taken == [b"1" + b"2" * 8191]
try:
    io.BufferedReader(Small()).truncate()
except io.UnsupportedOperation:
    pass
else:
    raise AssertionError
pair = io.BufferedRandom(io.FileIO(os.memfd_create("pair"), "r+"))
assert (pair.read(1) == b"" and pair.write(b"text") == 4 and pair.seek(0) == 0
        and pair.read1() == b"text")

# one that nobody reads from or writes to takes no buffer; nor does a little take much
if sys.implementation.name == "typhon":
    import gc

    def growth(make):
        gc.collect()
        before = gc.get_pauses()["live"]
        made = [make() for _ in range(200)]
        gc.collect()
        return gc.get_pauses()["live"] - before, made

    for make in (lambda: io.BufferedReader(Small()), lambda: io.BufferedWriter(Small())):
        assert growth(make)[0] < 400_000
    stream = io.BufferedReader(io.FileIO(os.memfd_create("few"), "r+"))
    stream.raw.write(b"abcdef")
    stream.seek(0)
    assert stream.read1(3) == b"abc"
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    assert stream.read1() == b"def"
    peak = tracemalloc.get_traced_memory()[1] - before
    assert peak < 4000, peak
    tracemalloc.stop()
