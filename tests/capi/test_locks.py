"""Extensions run under a lock of their own unless they say that they need none:
tests/capi/locks.c."""
import sys
import threading

from _build import build

build("locks.c")
build("locks.c", "free_", "-DFREE")
import free_
import locks

typhon = sys.implementation.name == "typhon"


def at_once(*functions):
    """Runs each function in a thread; their results."""
    results = [None] * len(functions)
    gate = threading.Barrier(len(functions))

    def run(i, f):
        gate.wait()
        results[i] = f()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def visits():
    for _ in range(300):
        locks.visit(200)


at_once(visits, visits, visits)
assert locks.state() == (1, 900)  # never two at once, no visit lost

# the lock is given up for Py_BEGIN_ALLOW_THREADS, and for calls back into Python
assert at_once(locks.meet, locks.meet) == [True, True]
locks.state()
gate = threading.Barrier(2, timeout=20)
assert (at_once(lambda: locks.call_back(gate.wait), lambda: locks.call_back(gate.wait)) in ([0, 1], [1, 0]))

# one extension holds another's callers up only while they share a lock
if typhon:
    flag = bytearray(1)

    def set_flag():
        visits()
        n = sum(range(1000))
        flag[0] = 1
        return n

    def set_free():
        free_.visit(10)
        flag[0] = 1

    # pure Python and another extension go on
    assert at_once(lambda: free_.wait_for_byte(flag), set_flag)[0] is True
    flag[0] = 0
    # needs no lock: two inside at once
    assert at_once(lambda: free_.wait_for_byte(flag), set_free)[0] is True
    flag[0] = 0
    # locked: Python goes on
    assert at_once(lambda: locks.wait_for_byte(flag), lambda: flag.__setitem__(0, 1))[0] is True
