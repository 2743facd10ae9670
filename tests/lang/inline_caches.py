"""Loads and stores of attributes, methods and globals at one place each, run often, while what they
find changes."""


class Many:
    """More attributes than an instance has room for."""

    def __init__(self, n):
        for i in range(n):
            setattr(self, f"a{i}", i)


class Slots:
    __slots__ = ("a", "b")

    def get(self):
        return self.a


class Sized(tuple):
    """Where the attributes are depends on the number of items."""

    def get(self):
        return self.a


class Plain:
    def get(self):
        return self.a


def load(o):
    return o.a


def store(o, v):
    o.a = v


def call(o):
    return o.get()


def last_of(o):
    return o.a59


for n in (60, 70, 200):
    many = Many(n)
    for i in range(5):
        assert last_of(many) == 59
        many.a59 = 59
    many.a59 = "new"
    assert last_of(many) == "new"
    del many.a59
    try:
        last_of(many)
    except AttributeError:
        pass
    else:
        raise AssertionError("a deleted attribute was found")

# each alone, then all in turn, then so many that the place is given up
objects = [Slots(), Sized(()), Sized((1, 2, 3)), Plain()]
for rounds in (objects[:1], objects[1:2], objects[2:], objects * 2):
    for o in rounds:
        for i in range(40):
            store(o, i)
            assert load(o) == i and call(o) == i
for i in range(60):
    o = type(f"C{i}", (Plain,), {})()
    store(o, i)
    assert load(o) == i and call(o) == i
for v in (1, 1.5, "x", None):
    try:
        load(v)
    except AttributeError:
        pass
    else:
        raise AssertionError("attribute of " + repr(v))

# a class changes between two calls
p = Plain()
p.a = 1
for i in range(100):
    Plain.get = lambda self, i=i: (i, self.a)
    assert call(p) == (i, 1)
del Plain.get
Plain.a = property(lambda self: "property", lambda self, v: None)
assert load(p) == "property"
del Plain.a
assert load(p) == 1

# the same code with several globals, that grow, shrink and hide builtins
code = compile("def read():\n    return x, len\n", "<text>", "exec")
spaces = [{"x": i} for i in range(4)]
for space in spaces:
    exec(code, space)
shared = type(spaces[0]["read"])
readers = [shared(spaces[0]["read"].__code__, space) for space in spaces]
for turn in range(20):
    for i, read in enumerate(readers):
        assert read() == (spaces[i]["x"], len)
for i, read in enumerate(readers):
    spaces[i].update({f"n{k}": k for k in range(1000)})  # another table
    assert read() == (i, len)
    spaces[i]["len"] = "hidden"
    assert read() == (i, "hidden")
    del spaces[i]["len"]
    assert read() == (i, len)
    del spaces[i]["x"]
    try:
        read()
    except NameError:
        pass
    else:
        raise AssertionError("a deleted global was found")
    spaces[i]["x"] = "again"
    assert read() == ("again", len)


# lengths in patterns, on both sides of what an instruction holds
def shape(x):
    match x:
        case []:
            return 0
        case ["one", _]:
            return "one"
        case [_, _, *_] if len(x) < 5:
            return "few"
        case {"a": _, "b": _}:
            return "pair"
        case [_, *_]:
            return "some"
    return None


exec("def long(x):\n    match x:\n        case [" + "_, " * 200 + "]:\n            return 200\n"
     "        case [" + "_, " * 127 + "*_]:\n            return 127\n    return None\n")


class Text(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


assert [shape(x) for x in ([], ["o" + "ne", 2], ["onf", 2], ["onee", 2], [Text("x"), 2], [1] * 5,
                           [1], {"a": 1, "b": 2},
                           {"a": 1}, "one", range(3))] == \
    [0, "one", "few", "few", "one", "some", "some", "pair", None, None, "few"]
assert [long([1] * n) for n in (126, 127, 128, 200, 201)] == [None, 127, 127, 200, 127]
