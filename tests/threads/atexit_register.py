"""atexit.register and unregister from several threads: every function that stays is called once,
last registered first."""
import atexit
import os

from _util import THREADS, run

N = 200
called = []


def check():
    """Called last, as it is registered first."""
    assert sorted(called) == sorted((k, i) for k in range(THREADS) for i in range(N)), len(called)
    for k in range(THREADS):
        assert [i for n, i in called if n == k] == list(range(N))[::-1]


def checked():
    try:
        check()
    except BaseException:
        os._exit(1)  # an exception here would only be printed


def register(k):
    def forgotten():
        raise AssertionError

    for i in range(N):
        atexit.register(called.append, (k, i))
        if i % 20 == 0:
            atexit.register(forgotten)
            atexit.unregister(forgotten)


atexit.register(checked)
run(register, each=THREADS)
assert atexit._ncallbacks() >= THREADS * N + 1
