"""Class attributes and methods: replaced while other threads call them; bases assigned; subclasses
made."""
import abc

from _util import THREADS, run

N = 2000


class Base:
    value = 0

    def get(self):
        return 1


class Leaf(Base):
    pass


def first(self):
    return 1


def second(self):
    return 2


def change(k):
    for i in range(N):
        Base.get = first if i & 1 else second
        Base.value = i
        if i % 3 == 0:
            Leaf.value = -1
        elif i % 3 == 1 and "value" in vars(Leaf):
            try:
                del Leaf.value
            except AttributeError:
                pass


def read(k):
    o = Leaf()
    for i in range(N):
        assert o.get() in (1, 2)
        assert type(o.value) is int and type(Leaf.value) is int
        assert Leaf().get() in (1, 2)
        "value" in vars(Leaf), dir(Leaf) if i % 200 == 0 else None


run(change, read, each=2)


# special methods come and go
class Op:
    pass


def change_special(k):
    for i in range(N):
        if i & 1:
            Op.__add__ = lambda self, other: 5
            Op.__len__ = lambda self: 3
        else:
            Op.__add__ = lambda self, other: 6
            Op.__len__ = lambda self: 4


def use_special(k):
    o = Op()
    for i in range(N):
        assert o + 1 in (5, 6) and len(o) in (3, 4)


Op.__add__ = lambda self, other: 5
Op.__len__ = lambda self: 3
run(change_special, use_special, each=2)


# errors say the name that a class has at the moment
class Named:
    pass


def rename(k):
    for i in range(N):
        Named.__name__ = "Long" * 20 if i & 1 else "Short"


def complain(k):
    for i in range(N // 4):
        for ask in (lambda: delattr(Named, "missing"), lambda: Named.missing, lambda: Named() + 1):
            try:
                ask()
            except (AttributeError, TypeError) as e:
                assert "Short" in str(e) or "LongLong" in str(e), e


Named.__name__ = "Short"
run(rename, complain, each=2)


# subclasses, isinstance and abstract registration at the same time
class A(abc.ABC):
    @abc.abstractmethod
    def f(self):
        """Nothing."""


def subclass(k):
    for i in range(200):
        made = type(f"Made{k}_{i}", (Leaf, A), {"f": lambda self: i, "x": i})
        assert made().f() == i and isinstance(made(), Base) and made.x == i
        assert issubclass(made, A)
        other = type("Other", (), {})
        A.register(other)
        assert issubclass(other, A) and isinstance(other(), A)


run(subclass, each=THREADS)
