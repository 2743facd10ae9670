"""The state of instances goes where their __dict__ is, made or not; find_class raises its event."""
import pickle
import sys


class Plain:
    pass


class Slots:
    __slots__ = ("x", "__dict__")


class OnlySlots:
    __slots__ = ("x", "y")


class OwnDict:
    """Its __dict__ is not where its attributes are."""

    stored = {}

    @property
    def __dict__(self):
        return OwnDict.stored

    def __reduce__(self):
        return object.__new__, (OwnDict,), {"a": 1, "b": 2}


class Getattribute:
    def __getattribute__(self, name):
        if name == "__dict__":
            return OwnDict.stored
        return object.__getattribute__(self, name)

    def __reduce__(self):
        return object.__new__, (Getattribute,), {"c": 3}


class Getattr:
    def __getattr__(self, name):
        raise AttributeError(name)


class Descriptors:
    """Attributes of the class play no part."""

    @property
    def a(self):
        return "property"

    @a.setter
    def a(self, v):
        raise AssertionError

    def __setattr__(self, name, v):
        raise AssertionError


class OddKeys:
    def __reduce__(self):
        return OddKeys, (), {"a": 1, 5: 6, (1, 2): 3}


class Text(str):
    pass


class TextKeys:
    def __reduce__(self):
        return TextKeys, (), {Text("a"): 1}


class SubDict(dict):
    pass


class StateOfSubclass:
    def __reduce__(self):
        return StateOfSubclass, (), SubDict(a=1)


class Error(Exception):
    pass


class Number(int):
    pass


def copy(o, protocol):
    return pickle.loads(pickle.dumps(o, protocol))


for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
    p = Plain()
    p.a, p.b = 1, [2]
    q = copy(p, protocol)
    assert vars(q) == {"a": 1, "b": [2]} and (q.a, q.b) == (1, [2])
    assert list(vars(q)) == ["a", "b"]
    vars(p)["z"] = 5
    q = copy(p, protocol)
    assert vars(q) == vars(p) and q.z == 5
    q.z = 6
    assert vars(q)["z"] == 6 and p.z == 5
    p.self = p
    q = copy(p, protocol)
    assert q.self is q
    for i in range(100):
        setattr(p, "n%d" % i, i)
    q = copy(p, protocol)
    assert q.n99 == 99 and len(vars(q)) == len(vars(p))
    s = Slots()
    s.x, s.y = 1, 2
    q = copy(s, protocol)
    assert (q.x, q.y) == (1, 2) and vars(q) == {"y": 2}
    s = OnlySlots()
    s.x = 1
    q = copy(s, protocol)
    assert q.x == 1 and not hasattr(q, "y")
    OwnDict.stored.clear()
    copy(OwnDict(), protocol)
    assert OwnDict.stored == {"a": 1, "b": 2}
    OwnDict.stored.clear()
    copy(Getattribute(), protocol)
    assert OwnDict.stored == {"c": 3}
    g = Getattr()
    g.a = 1
    assert copy(g, protocol).a == 1
    d = Descriptors()
    vars(d)["a"] = vars(d)["b"] = 7
    q = copy(d, protocol)
    assert q.a == "property" and vars(q) == {"a": 7, "b": 7}
    q = copy(OddKeys(), protocol)
    assert vars(q) == {"a": 1, 5: 6, (1, 2): 3} and q.a == 1
    assert vars(copy(TextKeys(), protocol)) == {"a": 1}
    assert copy(TextKeys(), protocol).a == 1
    assert vars(copy(StateOfSubclass(), protocol)) == {"a": 1}
    e = Error(1)
    e.note = "n"
    assert copy(e, protocol).note == "n"
    n = Number(5)
    n.unit = "m"
    assert copy(n, protocol) == 5 and copy(n, protocol).unit == "m"
    many = list(range(1000))
    assert copy([many, (many, {"k": many})], protocol)[1][1]["k"] == many

events = []
sys.addaudithook(lambda name, args: events.append(args) if name == "pickle.find_class" else None)
copy(Plain(), 4)
assert ("__main__", "Plain") in events, events


class Outer:
    class Inner:
        class Core:
            pass


def made():
    class Local:
        pass
    return Local


def refused(f, *args):
    try:
        f(*args)
    except (AttributeError, pickle.PicklingError) as e:
        return str(e)
    raise AssertionError(args)


assert pickle.loads(pickle.dumps(Outer.Inner.Core, 4)) is Outer.Inner.Core
assert pickle.loads(pickle.dumps(Outer, 4)) is Outer
assert "made.<locals>.Local" in refused(pickle.dumps, made()())
short = b"\x80\x04\x8c\x08__main__\x8c"
assert "Can't get attribute 'Nix'" in refused(pickle.loads, short + b"\x03Nix\x93.")
assert "Can't get attribute 'Outer.Nix'" in refused(pickle.loads, short + b"\x09Outer.Nix\x93.")
assert "Can't pickle local attribute '<locals>' on <module" in refused(pickle.loads, short + b"\x08<locals>\x93.")
assert "'Gr\xfc\xdf'" in refused(pickle.loads, short + b"\x06Gr\xc3\xbc\xc3\x9f\x93.")
