"""Attributes of an instance: written, added, deleted and read by several threads; __dict__ as a
view; __slots__."""
from _util import THREADS, expect, run

N = 3000


class Plain:
    pass


class Slotted:
    __slots__ = ("a", "b", "c")


# different attributes of one object all arrive
o = Plain()
run(lambda k: [setattr(o, f"t{k}_{i}", i) for i in range(200)], each=THREADS)
assert len(o.__dict__) == THREADS * 200
assert all(getattr(o, f"t{k}_{i}") == i for k in range(THREADS) for i in range(200))

# objects of one class whose shapes grow in different orders
objects = [Plain() for _ in range(200)]
names = "abcdefgh"


def grow(k):
    for i, o in enumerate(objects):
        for j in range(8):
            setattr(o, names[(i + j * k) % 8], (names[(i + j * k) % 8], k))


run(grow, each=THREADS)
for o in objects:
    for name, (own, k) in vars(o).items():
        assert name == own == name and getattr(o, name) == (own, k)

for o in (Plain(), Slotted()):
    def change(k):
        for i in range(N):
            name = "abc"[(i + k) % 3]
            if i % 5 == 4:
                expect(AttributeError, delattr, o, name)
            else:
                setattr(o, name, (name, i))

    def read(k):
        for i in range(N):
            for name in "abc":
                v = getattr(o, name, None)
                assert v is None or v[0] == name
            a = expect(AttributeError, lambda: o.a)
            assert a is None or a[0] == "a"
            if hasattr(o, "__dict__"):
                expect(RuntimeError, lambda: [k for k in o.__dict__.items()])
                v = o.__dict__.get("b")
                assert v is None or v[0] == "b"

    run(change, read, each=2)

# attributes deleted and set again while others read them
objects = [Plain() for _ in range(300)]
for o in objects:
    for name in "abcd":
        setattr(o, name, (name, 0))


def drop(k):
    for i, o in enumerate(objects):
        for name in "bca":
            expect(AttributeError, delattr, o, name)
            setattr(o, name, (name, k))
        o.d = "d", k


def look(k):
    for o in objects:
        for _ in range(5):
            a, b, c, d = (expect(AttributeError, f) for f in (lambda: o.a, lambda: o.b, lambda: o.c,
                                                              lambda: o.d))
            assert a is None or a[0] == "a", a
            assert b is None or b[0] == "b", b
            assert c is None or c[0] == "c", c
            assert d[0] == "d", d


run(drop, look, each=2)
for o in objects:
    assert sorted(vars(o)) == list("abcd") and all(v[0] == name for name, v in vars(o).items())

o = Plain()
o.n = 0


def swap(k):
    for i in range(N):
        if k & 1:
            o.__dict__ = {"n": i, "own": k}
        else:
            o.n = i
        assert type(o.n) is int


run(swap, each=THREADS)


# an instance whose class changes
class Other(Plain):
    def name(self):
        return "other"


Plain.name = lambda self: "plain"


def change_class(k):
    for i in range(N):
        o.__class__ = Other if i & 1 else Plain
        assert o.name() in ("plain", "other")


run(change_class, each=THREADS)
