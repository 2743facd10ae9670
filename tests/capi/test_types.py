"""Types made in C, and classes derived from them: tests/capi/types_.c."""
import gc
import threading
import weakref

from _build import build, raises

build("types_.c")
import types_
from types_ import Countdown, Plain, Point, Tracked, Vector

v = Vector([1, 2, 3.5], tag="t")
assert (repr(v) == str(v) == "types_.Vector([1.0, 2.0, 3.5])" and len(v) == 3 and v
        and not Vector([]))
assert (hash(v), v.n, v.tag, v.mode) == (93, 3, "t", 7)
assert (v[0] == 1.0 and v[-1] == 3.5 and list(v[1:]) == [2.0, 3.5]
        and list(v[::-1]) == [3.5, 2.0, 1.0])
assert list(v) == [1.0, 2.0, 3.5] and 2 in v and 9 not in v
raises(IndexError, "vector index out of range", lambda: v[10])
raises(TypeError, "must be real number, not str", lambda: "x" in v)
v[0] = 10
assert list(v) == [10.0, 2.0, 3.5]
raises(IndexError, "vector index out of range", v.__setitem__, 99, 1)
raises(TypeError, "cannot delete items", v.__delitem__, 0)

# operators
assert (list(v + v) == [20.0, 4.0, 7.0] and list(v + 1) == list(1 + v) == [11.0, 3.0, 4.5]
        and list(-v) == [-10.0, -2.0, -3.5])
assert v == v and not v < Vector([1]) and v != Vector([]) and v != 1
raises(TypeError, "unsupported operand type(s) for +: 'types_.Vector' and 'str'", lambda: v + "x")
raises(TypeError, "unsupported operand type(s) for -: 'types_.Vector' and 'types_.Vector'",
       lambda: v - v)
raises(TypeError, "'<' not supported between instances of 'types_.Vector' and 'int'", lambda: v < 1)
raises(ValueError, "lengths differ", lambda: v + Vector([1]))
assert v(1, 2, k=3) == (3, (1, 2), {"k": 3})

# attributes
assert v.sum == 15.5 and v.twice == 31.0
v.sum = 6
assert list(v) == [2.0, 2.0, 2.0]
raises(AttributeError, "attribute 'twice' of 'types_.Vector' objects is not writable", setattr, v,
       "twice", 1)
raises(TypeError, "cannot delete sum", delattr, v, "sum")
raises(AttributeError, "readonly attribute", setattr, v, "n", 5)
raises(TypeError, "'str' object cannot be interpreted as an integer", setattr, v, "mode", "x")
raises(TypeError, "can't delete numeric/char attribute", delattr, v, "mode")
raises(AttributeError, "'types_.Vector' object has no attribute 'new'", setattr, v, "new", 1)
v.mode = 9
assert v.mode == 9
del v.tag
assert v.tag is None

# buffer
m = memoryview(v)
assert m.tolist() == [2.0, 2.0, 2.0] and m.format == "d"
m[1] = 77.0
assert v[1] == 77.0

# methods
assert list(v.scaled(2)) == list(Vector.scaled(v, 2)) == [4.0, 154.0, 4.0]
assert (list(Vector.zeros(3)) == [0.0] * 3 and len(v.zeros(2)) == 2
        and Vector.version() is v.version() is True)
assert (type(vars(Vector)["zeros"]) is type(vars(dict)["fromkeys"])
        and type(Vector.scaled) is type(str.join))
assert type(v.scaled) is type(Vector.zeros) is type(Vector.version) is type(len)
raises(TypeError, "Vector.scaled() takes exactly one argument (0 given)", v.scaled)
raises(TypeError, "descriptor 'scaled' for 'types_.Vector' objects doesn't apply to a 'int' object",
       Vector.scaled, 1)
raises(TypeError, "Vector() missing required argument 'items' (pos 1)", Vector)
raises(TypeError, "items must be iterable", Vector, 5)
raises(TypeError, "'bad' is an invalid keyword argument for Vector()", Vector, [1], bad=2)

# what types say of themselves
assert Vector.__doc__ == "A vector of floats." and Vector.__text_signature__ == "(items, tag=None)"
assert (Vector.__name__, Vector.__module__, Vector.__qualname__) == ("Vector", "types_", "Vector")
assert (repr(Vector) == "<class 'types_.Vector'>" and Vector.CONSTANT is True
        and Vector.__mro__ == (Vector, object))
names = """__add__ __bool__ __call__ __contains__ __delitem__ __doc__ __eq__ __ge__ __getitem__ __gt__ __hash__ __init__
    __le__ __len__ __lt__ __ne__ __neg__ __new__ __radd__ __repr__ __setitem__ mode n scaled sum tag twice version zeros"""
assert sorted(Vector.__dict__) == ["CONSTANT"] + names.split(), sorted(Vector.__dict__)
assert repr(Vector.scaled) == "<method 'scaled' of 'types_.Vector' objects>"
assert (Vector.scaled.__doc__ == "A scaled copy." and Vector.scaled.__text_signature__
        == "($self, factor, /)")
raises(TypeError, "cannot set 'x' attribute of immutable type 'types_.Vector'", setattr, Vector,
       "x", 1)

# iterator, closed type, dict subclass, heap type
c = Countdown(3)
assert (list(c) == [3, 2, 1] and next(c, "end") == "end" and iter(c) is c
        and sum(Countdown(100)) == 5050)
raises(StopIteration, "", next, c)
raises(TypeError, "cannot create 'types_.Plain' instances", Plain)
raises(TypeError, "type 'types_.Plain' is not an acceptable base type", type, "X", (Plain,), {})
t = Tracked(a=1, b=2)
assert t == {"a": 1, "b": 2} and t.changes == 100 and isinstance(t, dict)
t["c"] = 3
del t["a"]
assert t.changes == 102 and t == {"b": 2, "c": 3}
p = Point(3, 4)
assert repr(p) == "Point(3, 4)" and p.__dict__ == {}
p.z = 5
p.x = 10
assert p.__dict__ == {"z": 5} and p.z == 5 and p.x == 10
assert (p.state() == 11 and p.state() == 12 and Point.__module__ == "types_"
        and Point.__doc__ == "A point.")
Point.extra = 5
assert p.extra == 5
for step in range(4):  # in the own dict of the object, where tp_dictoffset says that it is
    if step == 2:
        p.state = lambda: "own"
    assert p.state() == (13 + step if step < 2 else "own"), step
del p.state
raises(TypeError, "missing required argument 'y' (pos 2)", Point, 1)


# classes derived from them
class Sub(Vector):
    "doc"

    def __init__(self, *a):
        super().__init__(*a)
        self.attr = "at"

    def __len__(self):
        return 100

    def total(self):
        return sum(self)


s = Sub([1, 2])
assert (repr(s) == "Sub([1.0, 2.0])" and len(s) == 100 and s.attr == "at" and s.total() == 3.0
        and s.__dict__ == {"attr": "at"})
assert (list(s + s) == [2.0, 4.0] and list(s.scaled(2)) == [2.0, 4.0] and s[1] == 2.0
        and isinstance(s, Vector))
assert s(1) == (2, (1,), None) and hash(s) == 62 and s != v


class Operators(Vector):
    __slots__ = ("q",)

    def __repr__(self):
        return "O" + super().__repr__()

    def __add__(self, other):
        return "added"

    def __radd__(self, other):
        return "radded"


o = Operators([5])
o.q = 1
assert repr(o) == "OOperators([5.0])" and o.q == 1
assert (o + 1, 1 + o, v + o, o + v, list(o)) == ("added", "radded", "radded", "added", [5.0])


class SubPoint(Point):
    def __init__(self, x):
        super().__init__(x, x)


assert repr(SubPoint(4)) == "Point(4, 4)" and SubPoint(1).state() == 15


class SubTracked(Tracked):
    pass


st = SubTracked(x=1)
st["y"] = 2
st.attr = 4
assert st == {"x": 1, "y": 2} and st.changes == 101 and st.attr == 4

# from C
assert [types_.type_name_of(x)[0] for x in (1, [], {}, v, s, 1.5, "x", None)] == \
    ["int", "list", "dict", "types_.Vector", "Sub", "float", "str", "NoneType"]
assert types_.type_name_of(1)[1:] == (1, 0, 0) and types_.type_name_of({})[1:] == (0, 0, 1)
assert types_.type_name_of(v)[1:] == (0, 1, 1) and types_.type_name_of("x")[1:] == (0, 1, 1)
capsule = types_.capsule()
assert types_.open_capsule(capsule) == 1
raises(ValueError, "PyCapsule_GetPointer called with invalid PyCapsule object",
       types_.open_capsule, 5)

# life
ref = weakref.ref(v)
assert ref() is v


def collected(make, count):
    before = types_.dealloc_count()
    for _ in range(count):
        make()
    for _ in range(4):
        gc.collect()
    return types_.dealloc_count() - before


assert collected(lambda: Vector([1], tag=[1]), 200) >= 190
assert collected(lambda: Sub([1]), 200) >= 190
kept = []


class Kept(Vector):
    def __del__(self):
        kept.append(self)


assert collected(lambda: Kept([7]), 10) == 0 and len(kept) >= 9 and kept[0][0] == 7.0
count = types_.dealloc_count()
kept.clear()
collected(lambda: None, 1)
assert types_.dealloc_count() - count >= 9

gc.collect()
garbage = [[i] for i in range(100_000)]
gc.collect()
assert (types_.MadeKind.item == [True] and type(types_.MadeKind) is types_.Kind
        and issubclass(types_.Kind, type))


def work():
    for _ in range(2000):
        a = Vector([1, 2, 3])
        assert (a + a)[1] == 4.0 and len(list(Countdown(5))) == 5


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()


# C code fills in the buffer table of a class in Python
class Plain:
    pass


class Bytes(bytes):
    pass


plain, derived = Plain(), type("Derived", (Plain,), {})()
assert types_.read_buffer(plain) == "none" and types_.read_buffer(Bytes(b"ab")) == b"ab"
types_.give_buffer(Plain)
assert (types_.read_buffer(plain) == types_.read_buffer(derived) == bytes(memoryview(plain))
        == b"four")
types_.give_buffer(Vector)
assert types_.read_buffer(v) == b"four"
