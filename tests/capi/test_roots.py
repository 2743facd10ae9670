"""Objects that only C code refers to live as long as it counts them, or borrows from what it
counts: tests/capi/roots.c."""
import gc
import weakref

from _build import build

build("roots.c")
import roots


class Thing:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return self.n == other.n


numbers = iter(range(10**6))
made = []


def make():
    n = next(numbers)
    thing = Thing(n)
    made.append(weakref.ref(thing))
    return n + 10**9, n + 0.25, 2**80 + n, str(n), [n], thing


def expected(n):
    return [n + 10**9, n + 0.25, 2**80 + n, str(n), [n], Thing(n)]


def churn():
    """Takes the place of anything that was freed by mistake."""
    gc.collect()
    roots.churn(300000)
    for _ in range(3):
        gc.collect()
        junk = [(i + 10**10, i + 0.75, 2**90 + i, str(i) * 2, [i], Thing(i)) for i in range(2000)]
    return len(junk)


ORDER = {"PyMem_Raw": 0, "malloc": 1, "owner": 2, "thread": 3, "state": 4, "object": 5}
roots.keep(make)
for step in range(3):
    churn()
    kept = roots.kept()
    for place, items in kept.items():
        assert list(items) == expected(ORDER.get(place, ORDER["owner"])), (place, items)
    for i in range(4):
        assert (roots.first(), roots.second()) == tuple(kept["static data"][:2]), (
            roots.first(), roots.second())
        assert roots.constant(10**12 + i) == (1234.5 if i % 2 else 10**12)
    roots.grow()
    del kept, items
roots.let_go()
for _ in range(4):
    gc.collect()
alive = sum(ref() is not None for ref in made)
assert alive <= 2, alive  # what is let go dies, all but what a dead stack slot may still name


# cycles through objects of C types die, also those that object.__new__() made
class Sub(roots.Node):
    def __new__(cls):
        return object.__new__(cls)


def ring(cls, n):
    first = node = cls()
    for _ in range(n - 1):
        node.next = cls()
        node = node.next
    node.next = [first]


for cls in roots.Node, Sub:
    before = roots.dead_nodes()
    for _ in range(100):
        ring(cls, 5)
    for _ in range(3):
        gc.collect()
    assert roots.dead_nodes() - before >= 480, (cls, roots.dead_nodes() - before)
node = Sub()
node.next = [1]
assert [x for x in gc.get_referents(node) if x is node.next] == [node.next] and gc.is_tracked(node)
