"""Frames of threads that run: their variables, lines and callers can be read while they call,
return and yield."""
import sys
import threading
import time

from _util import run, until


def leaf(n, text):
    pair = [n, text]
    return pair[0] + len(text)


def counting(n):
    for i in range(n):
        yield leaf(i, "generator")


def busy(k):
    return sum(leaf(i, "x" * (i % 7)) for i in range(50)) + sum(counting(20))


stop = threading.Event()


def worker(k):
    while not stop.is_set():
        busy(k)


def reader(k):
    seen = set()
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        for frame in sys._current_frames().values():
            while frame is not None:
                values = dict(frame.f_locals)
                assert frame.f_lineno is None or frame.f_lineno > 0
                if frame.f_code is leaf.__code__:
                    assert (isinstance(values.get("n", 0), int)
                            and set(values) <= {"n", "text", "pair"}), values
                    assert values.get("pair", [values.get("n")])[0] == values.get("n")
                seen.add(frame.f_code.co_name)
                frame.f_lasti, repr(frame)
                frame = frame.f_back
    stop.set()
    return seen


seen = run(worker, worker, reader)[2]
assert "reader" in seen, seen


def raiser(k):
    """One exception raised by all: its traceback and context may be any of them."""
    for _ in range(300):
        try:
            try:
                {}[k]
            except KeyError:
                raise shared
        except ValueError as e:
            assert e is shared
            t, c = e.__traceback__, e.__context__
            while t is not None:
                t.tb_frame.f_locals, t.tb_lineno
                t = t.tb_next
            assert c is None or isinstance(c, KeyError)
        shared.__traceback__ = None


shared = ValueError("shared")
run(raiser, each=4)
