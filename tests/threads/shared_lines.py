"""Lines of one open file, taken by several threads at once and by one that goes in and out of the
others' company: each is given once, whole and in order."""
import io
import os
import sys
import tempfile
import threading

LINES = [b"%d " % i + b"x" * (i * 7 % 300) + b"\n" for i in range(20_000)]
folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "lines")
with open(path, "wb") as f:
    f.writelines(LINES)


def take(file, out):
    for line in file:
        out.append(line)


def take_some(file, out, n):
    for line in file:
        out.append(line)
        if len(out) % n == 0 and out[-1] and len(out) < 2000:
            thread = threading.Thread(target=next, args=(file, None))  # which takes a line, too
            thread.start()
            thread.join()


def number(line):
    return int(line.split()[0])


for mode, decode in (("rb", bytes), ("r", bytes.decode), ("r+b", bytes)):
    whole = {decode(line) for line in LINES}
    for threads in 1, 2, 4:
        if threads > 1 and sys.implementation.name == "cpython":
            continue  # which gives some lines twice
        with open(path, mode) as file:
            parts = [[] for _ in range(threads)]
            workers = [threading.Thread(target=take, args=(file, part)) for part in parts]
            for w in workers:
                w.start()
            for w in workers:
                w.join()
            taken = [line for part in parts for line in part]
            assert len(taken) == len(LINES) and set(taken) == whole, (mode, threads)
            for part in parts:
                assert [number(x) for x in part] == sorted(map(number, part))
    with open(path, mode) as file:
        out = []
        take_some(file, out, 50)
        missing = len(LINES) - len(out)
        assert missing == 1999 // 50 and set(out) < whole and len(set(out)) == len(out)


# a line that is asked for while one is being read
class Raw(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            next(file)
        except RuntimeError as e:
            assert "reentrant call" in str(e)
        else:
            raise AssertionError
        buffer[:4] = b"ab\nc"
        return 4


file = io.BufferedReader(Raw())
assert next(file) == b"ab\n" and next(file) == b"cab\n"
folder.cleanup()
