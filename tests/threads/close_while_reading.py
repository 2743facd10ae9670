"""A raw file that is closed while it is being read or written: no other file that is opened meanwhile is
taken for it, and its descriptor is closed when the call has ended."""
import errno
import os
import signal
import sys
import tempfile
import threading
import time

if sys.implementation.name != "typhon":
    sys.exit(77)  # the reference reads what has the same number now

folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "other")
with open(path, "wb") as other:
    other.write(b"other")


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


# the handler of a signal closes it: the call is not done again
def alarm(*_):
    global other
    raw.close()
    assert raw.closed
    other = open(path, "rb", buffering=0)
    os.write(w, b"pipe")


signal.signal(signal.SIGALRM, alarm)
for read in lambda: raw.read(10), lambda: raw.readinto(bytearray(10)):
    r, w = os.pipe()
    raw = open(r, "rb", buffering=0)
    end = os.dup(r)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        read()
    except OSError as e:
        assert e.errno == errno.EBADF
    else:
        raise AssertionError("something was read")
    assert other.read() == b"other" and os.read(end, 10) == b"pipe"
    other.close()
    os.close(w)
    os.close(end)
    assert not is_open(r)
    try:
        raw.read(1)
    except ValueError:
        pass
    else:
        raise AssertionError("closed")


def read_into(results, n):
    try:
        results.append(raw.read(n))
    except (ValueError, OSError):
        pass  # it has come too late


def write(data):
    try:
        os.write(w, data)
    except BrokenPipeError:
        pass
    os.close(w)


# another thread does
for _ in range(20):
    r, w = os.pipe()
    raw = open(r, "rb", buffering=0)
    results = []
    reader = threading.Thread(target=read_into, args=(results, 10))
    reader.start()
    time.sleep(0.002)  # mostly enough for it to wait
    raw.close()
    with open(path, "rb", buffering=0) as other:
        write(b"pipe")
        reader.join()
        assert other.tell() == 0
    assert results in ([b"pipe"], []), results
    assert not is_open(r)

# opened anew while the call lasts
r, w = os.pipe()
raw = open(r, "rb", buffering=0)
results = []
reader = threading.Thread(target=read_into, args=(results, 1))
reader.start()
time.sleep(0.01)
raw.__init__(path)
assert raw.read() in (b"other", b"ther")
raw.close()
write(b"x")
reader.join()
assert results in ([b"x"], [b"o"], [b""], []), results
print("ok")
