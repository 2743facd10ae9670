"""__bases__ assigned while other threads do the same, make subclasses and look methods up: in the
end every order is that of the bases, and every class is listed by its bases and by no other
class."""
from _util import run

N = 40


class Root:
    pass


class First(Root):
    name = "first"


class Second(Root):
    name = "second"


class Middle(First):
    pass


class Other(First):
    pass


class Leaf(Middle):
    pass


def move(cls):
    def worker(k):
        for i in range(N):
            cls.__bases__ = [(First,), (Second,), (First, Second)][(i + k) % 3]
            assert cls.name in ("first", "second") and Leaf().name in ("first", "second")

    return worker


made = []


def subclass(k):
    for i in range(N):
        new = type(f"Made{k}_{i}", (Leaf, Other), {})
        made.append(new)
        assert issubclass(new, Root) and new().name in ("first", "second")


def look(k):
    leaf = Leaf()
    for i in range(N * 20):
        assert leaf.name in ("first", "second") and isinstance(leaf, Root)
        assert Leaf.__mro__[0] is Leaf and Leaf.__mro__[-1] is object
        assert Middle.__base__ in (First, Second) and {First, Second}.issuperset(Middle.__bases__)


run(move(Middle), move(Middle), move(Other), subclass, look)

for cls in (Middle, Other, Leaf, *made):
    assert cls.__mro__ == tuple(type.mro(cls)), cls
    assert cls.__base__ in cls.__bases__
for cls in (First, Second, Middle, Other, Leaf):
    below = type.__subclasses__(cls)
    assert len(set(below)) == len(below)
    assert set(below) == {c for c in (Middle, Other, Leaf, *made) if cls in c.__bases__}, (
        cls, below)
