"""The prompt on a terminal: Tab indents and completes, Ctrl-C drops the line, Ctrl-D leaves."""
import os
import pty
import select
import sys
import tempfile
import time


def until(fd, wanted, seen, limit=60):
    """Reads until `wanted` has come; what came."""
    text, end = b"", time.monotonic() + limit
    while wanted not in text:
        assert time.monotonic() < end, (wanted, seen, text)
        if select.select([fd], [], [], 1)[0]:
            try:
                text += os.read(fd, 65536)
            except OSError:
                raise AssertionError((wanted, seen, text)) from None
    return text


def session(*steps):
    """steps: what is typed, what it must bring."""
    pid, fd = pty.fork()
    if pid == 0:
        env = {**os.environ, "TERM": "xterm", "HOME": tempfile.mkdtemp()}
        os.execve(sys.executable, [sys.executable, "-q"], env)
    seen = until(fd, b">>> ", b"")
    for typed, wanted in steps:
        os.write(fd, typed)
        seen += until(fd, wanted, seen)
    os.write(fd, b"\x04")
    while True:
        try:
            if not os.read(fd, 65536):
                break
        except OSError:
            break
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, seen
    return seen


session((b"1 + 41\n", b"42\r\n>>> "), (b"_ * 2\n", b"84\r\n>>> "),
        (b"if 1:\n", b"... "), (b"\tprint('in' + 'side')\n", b"... "), (b"\n", b"inside\r\n>>> "),
        (b"pri", b"pri"), (b"\t", b"nt("), (b"6 * 7)\n", b"42\r\n>>> "),
        (b"abc", b"abc"), (b"\x03", b"KeyboardInterrupt\r\n>>> "),
        (b"import time; print('g' + 'o'); time.sleep(60)\n", b"go\r\n"),
        (b"\x03", b"KeyboardInterrupt\r\n>>> "),
        (b"'still ' + 'here'\n", b"still here'\r\n>>> "))
