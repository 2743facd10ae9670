"""Cells of closures: written by several threads, and function attributes replaced while it is
called."""
from _util import THREADS, expect, run

N = 5000


def make():
    value = ("start", "start")

    def put(x):
        nonlocal value
        value = (x, x)

    def get():
        return value

    def drop():
        nonlocal value
        del value

    return put, get, drop


put, get, drop = make()


def change(k):
    for i in range(N):
        put((k, i))
        if i % 50 == 0:
            expect(NameError, drop)


def read(k):
    for i in range(N):
        v = expect(NameError, get)
        assert v is None or v[0] is v[1]


run(change, read, each=2)
put(1)
cell = get.__closure__[0]
run(lambda k: [setattr(cell, "cell_contents", (i, i)) or cell.cell_contents for i in range(N)],
    each=THREADS)
assert get()[0] == get()[1]


def f(a, b=1, *, c=2):
    return a + b + c


def g(a, b=10, *, c=20):
    return -(a + b + c)


codes = f.__code__, g.__code__


def change_function(k):
    for i in range(N):
        f.__defaults__ = (i & 1,)
        f.__kwdefaults__ = {"c": 2}
        if i % 10 == 0:
            f.__code__ = codes[i // 10 & 1]
        f.note = i


def call_function(k):
    for i in range(N):
        assert f(5) in (7, 8, -7, -8, -16, -35), f(5)


run(change_function, call_function, each=2)
