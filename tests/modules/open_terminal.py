"""What a file is when it is opened decides its buffering; isatty() answers for what it has
become."""
import os
import pty
import signal
import subprocess
import sys

master, slave = pty.openpty()
with open(slave, "w", closefd=False) as f:
    assert f.isatty() and f.line_buffering
with open(os.devnull, "w") as f:
    assert not f.isatty() and not f.line_buffering and f.seekable()
r, w = os.pipe()
with open(w, "wb") as f, open(r, "rb") as g:
    assert not f.seekable() and not g.seekable() and not f.isatty()
    os.dup2(slave, g.fileno())
    assert g.isatty() and g.raw.isatty()
PRINT = ("import sys; print(sys.stdout.line_buffering, sys.stdin.seekable(), "
         "sys.stderr.line_buffering)")
command = [sys.executable, "-I", "-S", "-c", PRINT]
assert subprocess.run(command, stdin=slave, stdout=subprocess.PIPE).stdout == b"False False True\n"
with open(__file__) as f:
    assert subprocess.run(command, stdin=f, stdout=subprocess.PIPE).stdout == b"False True True\n"
subprocess.run(command, stdin=subprocess.PIPE, stdout=slave)
assert os.read(master, 100).split() == [b"True", b"False", b"True"]
# SIGINT that the process was started with ignored stays ignored
SIGNALS = "import signal; print(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"
for ignored in False, True:
    out = subprocess.run([sys.executable, "-S", "-c", SIGNALS], stdout=subprocess.PIPE,
                         preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
                         if ignored else None)
    assert out.stdout == b"%a\n" % ignored, out
