"""tp_dealloc of an owner runs before that of what it owns: tests/capi/ends.c."""
import gc
import itertools

from _build import build

build("ends.c")
import ends
from ends import Owner, Plain

ends.report()


def collect():
    for _ in range(4):
        gc.collect()
    return ends.report()


# chains of three, made in any order: what is made before its owner gets it through a list
def chain(types, order):
    """a owns b owns c, through lists that are filled afterwards; the objects are made in that
    order."""
    boxes = {"b": [], "c": []}
    made = {}
    for name in order:
        inner = {"a": "b", "b": "c", "c": None}[name]
        made[name] = types[name](name, boxes[inner]) if inner else types[name](name)
    for name, box in boxes.items():
        box.append(made[name])


for kinds in itertools.product((Owner, Plain), repeat=3):
    for order in itertools.permutations("abc"):
        chain(dict(zip("abc", kinds)), order)
        names, n, broken = collect()
        assert (names, n, broken) == ("abc", 3, 0), (kinds, order, names, n, broken)


# directly, long, with two owners
def deep(n):
    o = None
    for i in range(n):
        o = Owner("x", o) if i else Plain("x")


deep(3000)
assert collect()[1:] == (3000, 0)


def shared():
    leaf = Plain("3")
    middle = [Owner("2", leaf) for _ in range(5)]
    return [Owner("1", middle) for _ in range(5)]


shared()
assert collect() == ("1111122222" + "3", 11, 0)


# a cycle, and what hangs on it
def cycle():
    box = []
    a = Owner("a", box)
    box += [Owner("b", [a]), Plain("c")]


cycle()
names, n, broken = collect()
assert sorted(names) == ["a", "b", "c"] and n == 3 and broken == 0, names

# what a finalizer can reach is whole, also when it is kept
kept = []


class Keeper:
    def __init__(self, *owned):
        self.owned = owned

    def __del__(self):
        assert all(map(ends.alive, self.owned))
        kept.append(self.owned)


def keep():
    leaf = Plain("l")
    Keeper(leaf, Owner("o", leaf))


keep()
assert collect() == ("", 0, 0) and list(map(ends.alive, kept.pop())) == [True, True]
assert collect() == ("ol", 2, 0)


# classes in Python, with and without a __del__
class Sub(Owner):
    pass


class Late(Owner):
    def __del__(self):
        kept.append(self)


def subclasses():
    leaf = Plain("3")
    Sub("1", Sub("2", leaf))
    Late("0", [leaf])


subclasses()
names, n, broken = collect()
assert broken == 0 and names in ("", "12") and ends.alive(kept[0])
kept.clear()
more, n, broken = collect()
assert (broken == 0 and sorted(names + more) == list("0123")
        and (names + more).index("1") < (names + more).index("2")), more


# a generator's finally block sees whole objects
def hold(o):
    try:
        yield
    finally:
        kept.append(ends.alive(o))


def suspended():
    for o in (Plain("p"), Owner("q")):
        next(hold(o))


suspended()
names, n, broken = collect()
assert kept == [True, True] and broken == 0 and sorted(names) == ["p", "q"], (names, kept)
