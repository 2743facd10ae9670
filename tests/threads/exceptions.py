"""Errors in threads: the report, threading.excepthook, tracebacks of each thread's own,
sys.exc_info()."""
import io
import sys
import threading
import traceback

from _util import THREADS, expect, run


def deep(k, n):
    if n == 0:
        raise KeyError(k)
    deep(k, n - 1)


def catch(k):
    for i in range(300):
        try:
            deep(k, 5)
        except KeyError as e:
            assert e.args == (k,) and sys.exc_info()[1] is e
            assert len(traceback.extract_tb(e.__traceback__)) == 7
            try:
                raise ValueError from e
            except ValueError as v:
                assert v.__cause__ is e and v.__context__ is e
        assert sys.exc_info() == (None, None, None)


run(catch, each=THREADS)

# one exception object raised by several threads
shared = ValueError("shared")


def raise_shared(k):
    for _ in range(300):
        try:
            raise shared
        except ValueError as e:
            assert e is shared


run(raise_shared, each=THREADS)

# the report on standard error
keep, sys.stderr = sys.stderr, io.StringIO()
t = threading.Thread(target=deep, args=("x", 2), name="failing")
t.start()
t.join()
text, sys.stderr = sys.stderr.getvalue(), keep
assert text.startswith("Exception in thread failing:\nTraceback (most recent call last):\n"), text
assert text.endswith("KeyError: 'x'\n") and text.count("in deep") == 3, text

seen = []
threading.excepthook, keep = (lambda args: seen.append((args.exc_type, args.thread.name)),
                              threading.excepthook)
threads = [threading.Thread(target=deep, args=(i, 3), name=f"t{i}") for i in range(THREADS)]
for t in threads:
    t.start()
for t in threads:
    t.join()
threading.excepthook = keep
assert (sorted(n for _, n in seen) == [f"t{i}" for i in range(THREADS)]
        and {t for t, _ in seen} == {KeyError})


# recursion limits are each thread's own
def endless(n):
    return endless(n + 1) + 1


def recurse(k):
    for _ in range(3):
        try:
            endless(0)
            raise AssertionError("no limit")
        except RecursionError:
            pass


run(recurse, each=THREADS)
