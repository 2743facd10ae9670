"""When no descriptor is left: OSError, and all works again afterwards.  Files, sockets and folders
that were dropped unclosed give theirs back."""
import errno
import gc
import os
import resource
import socket
import tempfile
import warnings

warnings.simplefilter("ignore")
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
kept = []
for make in (lambda: open(os.devnull), lambda: socket.socket(), lambda: os.scandir("/"),
             lambda: open(os.devnull, "wb", 0),
             lambda: tempfile.TemporaryFile(), lambda: socket.socketpair(),
             lambda: os.fdopen(os.open(os.devnull, os.O_RDONLY))):
    try:
        while True:
            kept.append(make())
            assert len(kept) < 100
    except OSError as e:
        assert e.errno == errno.EMFILE, e
    kept.clear()
    gc.collect()
    with open(os.devnull) as f:
        assert f.read() == ""
try:
    fds = [os.dup(0) for _ in range(100)]
except OSError as e:
    assert e.errno == errno.EMFILE
else:
    raise AssertionError
os.closerange(3, 64)
with tempfile.TemporaryFile() as f:
    f.write(b"ok")

# dropped without close(): what died is closed when descriptors run out
for _ in range(1000):
    open(os.devnull)
for _ in range(300):
    socket.socket()
for _ in range(300):
    next(os.scandir("/"))
