"""Threads share the sites of calls and attributes, which see functions and classes of many kinds,
old ones and changing ones."""
from _util import run

THREADS, ROUNDS = 4, 400


def make_class(i):
    class C:
        def __init__(self, x, y=1):
            self.x = x
            self.y = y

        def m(self):
            return i

        @classmethod
        def of(cls):
            return cls

        @property
        def p(self):
            return self.x + i

    class D(C):
        def m(self):
            return super().m() + 1000
    return C, D


def make_function(i):
    if i % 3 == 0:
        return lambda a, b=5, *, c=7: (a, b, c)
    if i % 3 == 1:
        return lambda c, b, a: (a, b, c)
    return lambda *args, **kw: (kw["a"], kw["b"], kw["c"])


CLASSES = [c for i in range(12) for c in make_class(i)]
FUNCTIONS = [make_function(i) for i in range(9)]


class Changing:
    value = 0

    def m(self):
        return 0


def work(k):
    for n in range(ROUNDS):
        i = (n + k) % len(CLASSES)
        o = CLASSES[i](k, y=n)
        assert (o.x, o.y) == (k, n) and o.p == k + i // 2
        o.x = n
        o.y = k
        assert (o.x, o.y) == (n, k)
        assert o.m() == i // 2 + 1000 * (i % 2)
        assert o.of() is CLASSES[i] and o.__class__ is CLASSES[i]
        assert FUNCTIONS[(n * 7 + k) % len(FUNCTIONS)](a=k, b=n, c=3) == (k, n, 3)
        assert [a + b for a, b in zip((k, n), [1, 2])] == [k + 1, n + 2]
        assert {b: a for a, b in enumerate("xyz")} == {"x": 0, "y": 1, "z": 2}
        c = Changing()
        if n % 16 == 0:
            Changing.value = n
            Changing.m = lambda self, n=n: n
        assert c.value % 16 == 0 and c.m() % 16 == 0


run(work, each=THREADS)
