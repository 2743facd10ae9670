"""One file object written and read by several threads: whole lines, none lost."""
import os
import tempfile

from _util import THREADS, run

N = 800
folder = tempfile.mkdtemp()
path = os.path.join(folder, "f")


def lines_of(data):
    return sorted(data.splitlines())


with open(path, "wb") as f:
    run(lambda k: [f.write(b"%d:%05d\n" % (k, i)) for i in range(N)], each=THREADS)
with open(path, "rb") as f:
    assert lines_of(f.read()) == sorted(b"%d:%05d" % (k, i) for k in range(THREADS)
                                        for i in range(N))
with open(path, "rb") as f:
    got = sum(run(lambda k: [line for line in iter(f.readline, b"")], each=THREADS), [])
assert sorted(line.rstrip() for line in got) == sorted(b"%d:%05d" % (k, i) for k in range(THREADS)
                                                       for i in range(N))
with open(path, "rb") as f:
    got = b"".join(sum(run(lambda k: [c for c in iter(lambda: f.read(100), b"")],
                           each=THREADS), []))
    assert len(got) == os.path.getsize(path)
with open(path, "wb", buffering=0) as f:
    run(lambda k: [f.write(b"0123456789abcde\n") for i in range(N)], each=THREADS)
assert open(path, "rb").read() == b"0123456789abcde\n" * (N * THREADS)

# text: every thread has its own file, and one lock-step file where the lock is the test's own
import threading
lock = threading.Lock()
with open(path, "w") as f:
    def write(k):
        with open(f"{path}{k}", "w") as own:
            for i in range(N):
                own.write(f"{k} {i}\n")
                with lock:
                    f.write(f"{k} {i} é\n")
                    if i % 100 == 0:
                        f.flush()

    run(write, each=THREADS)
assert lines_of(open(path).read()) == sorted(f"{k} {i} é" for k in range(THREADS) for i in range(N))
for k in range(THREADS):
    assert open(f"{path}{k}").read() == "".join(f"{k} {i}\n" for i in range(N))

# closing a file that others use raises ValueError there, nothing worse
f = open(path, "rb")


def use(k):
    try:
        for i in range(N):
            f.seek(0)
            f.read(10)
            if k == 0 and i == N // 2:
                f.close()
    except ValueError:
        assert f.closed


run(use, each=THREADS)
for name in os.listdir(folder):
    os.unlink(os.path.join(folder, name))
os.rmdir(folder)
