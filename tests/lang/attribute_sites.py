"""Attribute loads that are run many times: of instances whose __dict__ has been asked for, of
descriptors in C and of classes; what changes is seen at once, by a site that has known another
answer, too."""
import datetime


class Instance:
    shared = "class"

    def __init__(self, **kw):
        self.__dict__.update(kw)

    def method(self):
        return "method"


def read(o):
    return o.a, o.shared, o.method()


def attempt(f, *args):
    try:
        return f(*args)
    except (AttributeError, TypeError) as e:
        return type(e).__name__


# __dict__ mode: the same site sees the entry come, move, go and be hidden
o, other = Instance(a=1, b=2), Instance(b=2, a=7)
for step in range(60):
    if step == 10:
        o.a = 3
    elif step == 15:
        o.__dict__["a"] = 4
    elif step == 20:
        del o.a
    elif step == 25:
        o.__dict__ = {"x": 0, "a": 5}
    elif step == 30:
        o.__dict__.clear()
        o.__dict__.update({str(i): i for i in range(100)}, a=6)
    elif step == 40:
        Instance.a = property(lambda self: "property")
    elif step == 45:
        del Instance.a
        o.shared = "own"
        o.method = lambda: "own"
    elif step == 50:
        o.__dict__ = type("Sub", (dict,), {"__getitem__": None})(a=8)
    a = (1 if step < 10 else 3 if step < 15 else 4 if step < 20 else None if step < 25 else 5
         if step < 30 else
         6 if step < 40 else "property" if step < 45 else 6 if step < 50 else 8)
    own = "own" if 45 <= step < 50 else None
    want = "AttributeError" if a is None else (a, own or "class", own or "method")
    assert attempt(read, o) == want, (step, attempt(read, o), want)
    assert read(other) == ("property" if 40 <= step < 45 else 7, "class", "method"), step
many = [Instance(**{chr(98 + (i + k) % 9): k for k in range(i % 9)}, a=i) for i in range(60)]
assert [read(m)[0] for m in many * 2] == list(range(60)) * 2


# descriptors in C: fields of every kind, of several types by turns
def parts(z):
    return z.real, z.imag


for z in (1 + 2j, 3, 2.5, True, 2**70, complex(1, -0.0)) * 8:
    assert [repr(x) for x in parts(z)] == [repr(x) for x in (z.real,
                                                             z.__class__.imag.__get__(z))], z


# of functions, whose own attributes hide none of these
def of_function(f):
    return (f.__name__, f.__qualname__, f.__doc__, f.__defaults__, f.__code__.co_name,
            f.__dict__.get("own"), f.own)


def one(a=1):
    "text"


def two():
    pass


one.own, two.own = 1, 2
for step in range(40):
    if step == 10:
        one.__name__, one.__defaults__ = "new", (2, 3)
    elif step == 20:
        one.__code__, one.__doc__ = two.__code__, None
        one.__dict__ = {"own": 5, "__name__": "hidden", "__doc__": "hidden"}
    elif step == 30:
        del two.own
    assert attempt(of_function, one) == (
        "one" if step < 10 else "new", "one", "text" if step < 20 else None,
        (1,) if step < 10 else (2, 3),
        "one" if step < 20 else "two", 1 if step < 20 else 5,
        1 if step < 20 else 5), (step, of_function(one))
    want = ("two", "two", None, None, "two", 2, 2) if step < 30 else "AttributeError"
    assert attempt(of_function, two) == want, (step, attempt(of_function, two))


# attributes of classes that their metaclass describes
class Meta(type):
    @property
    def kind(cls):
        return "kind of " + cls.__name__


class A(metaclass=Meta):
    "text of A"


class B:
    pass


def of_class(c):
    return (c.__name__, c.__qualname__, c.__module__, c.__mro__[0], c.__dict__.get("x"),
            attempt(lambda: c.kind))


for step in range(40):
    if step == 10:
        A.__name__ = "New"
    elif step == 20:
        A.x = 1
        Meta.__name__ = "M"
    elif step == 30:
        Meta.kind = property(lambda cls: "new kind")
        del A.x
    name = "A" if step < 10 else "New"
    assert of_class(A) == (name, "A", __name__, A, 1 if 20 <= step < 30 else None,
                           "new kind" if step >= 30 else "kind of " + name), (step, of_class(A))
    assert of_class(B) == ("B", "B", __name__, B, None, "AttributeError")
    assert of_class(int)[0] == "int"


# class methods of types in C, of the types and of classes over them
class Dict(dict):
    pass


class Day(datetime.date):
    @classmethod
    def today(cls):
        return "mine"


def from_keys(c):
    return type(c.fromkeys("ab"))


for step in range(40):
    assert from_keys(dict) is dict and from_keys(Dict) is (int if step > 30 else Dict)
    assert type(datetime.date.fromordinal(5)) is datetime.date and type(Day.fromordinal(5)) is Day
    for c in (datetime.date, Day):
        assert (c.today() == "mine") == (c is Day)
    assert [c.fromhex("ff") for c in (bytes, bytearray)] == [b"\xff"] * 2
    if step == 30:
        Dict.fromkeys = staticmethod(lambda keys: 1)


# len, by its name, of whatever has one
class Sized:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n


def length(x):
    return len(x)


for step in range(20):
    for x, n in (({1, 2}, 2), (frozenset(), 0), (b"abc", 3), (range(7), 7), (Sized(4), 4),
                 (memoryview(b"ab"), 2)):
        assert length(x) == n
    assert [attempt(length, x) for x in (1, 2.0, None, Sized("x"))] == ["TypeError"] * 4
    try:
        length(Sized(-1))
    except ValueError:
        pass
    else:
        raise AssertionError
len = lambda x: "global"
assert length({1}) == "global"
del len
assert length({1}) == 1
print("ok")
