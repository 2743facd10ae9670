"""What is fused behaves like its parts: len() of a variable, unpacking into variables, slices made
for one subscript, awaits that end at once."""
import builtins
import sys
import warnings


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as e:
        return str(e)
    raise AssertionError(f"{kind.__name__} expected")


def length(a):
    return len(a)


class Seven:
    def __len__(self):
        return 7


lengths = [length(a) for a in (Seven(), [1], "ab", {1: 2}, range(5), {1, 2}, b"xyz", ())]
assert lengths == [7, 1, 2, 1, 5, 2, 3, 0]
assert raises(TypeError, length, 5) == "object of type 'int' has no len()"


def rebound(a):
    global len

    def len(x):
        return "mine", x
    assert len(a) == ("mine", a)

    def len(x):
        yield x
    assert list(len(a)) == [a]
    len = 3
    assert raises(TypeError, length, a) == "'int' object is not callable"

    class len:
        def __init__(self, x):
            self.x = x
    assert len(a).x is a
    del len
    assert len(a) == 1
    before = builtins.len
    builtins.len = lambda x: 42
    assert len(a) == 42
    builtins.len = before
    assert len(a) == 1


rebound([1])
events = []


def profiler(frame, event, arg):
    if frame.f_code is profiled.__code__ and event.startswith("c_"):
        events.append((event, arg.__name__))


def profiled(a, b):
    len(a)
    try:
        len(b)
    except TypeError:
        pass


sys.setprofile(profiler)
profiled([1], 3)
sys.setprofile(None)
assert events == [("c_call", "len"), ("c_return", "len"), ("c_call", "len"), ("c_exception", "len")]


def unpacking():
    def broken():
        yield 1
        raise KeyError

    p = q = None
    try:
        p, q = broken()
    except KeyError:
        assert p is q is None
    try:
        p, q = [1]
    except ValueError:
        assert p is q is None
    p, q = 1, 2
    p, q = q, p
    assert (p, q) == (2, 1)
    x = [x := 3, 4]
    x, y = x
    assert (x, y) == (3, 4)
    seen = []
    for k, v in {1: 2, 3: 4}.items():
        seen += k, v
    for i, (a, b) in enumerate(zip("ab", "cd")):
        seen += i, a, b
    assert seen == [1, 2, 3, 4, 0, "a", "c", 1, "b", "d"]


unpacking()


def slices():
    a = list(range(6))
    a[:3] = a[2::-1]
    assert a == [2, 1, 0, 3, 4, 5]
    a[1:2] = a
    assert a == [2, 2, 1, 0, 3, 4, 5, 0, 3, 4, 5]
    a[5:] = []
    a[2:1] = [9, 9]
    assert a == [2, 2, 9, 9, 1, 0, 3]
    a[-1:] = "abc"
    a[1:3] += [5]
    assert a == [2, 2, 9, 5, 9, 1, 0, "a", "b", "c"]
    a[::2] = [0] * len(a[::2])
    assert a == [0, 2, 0, 5, 0, 1, 0, "a", 0, "c"]
    s = a[1:3]
    assert (s, "hello"[1:-1], (1, 2, 3)[::-1], b"abc"[1:]) == ([2, 0], "ell", (3, 2, 1), b"bc")

    def assign(target, key, value):
        target[key:] = value

    assert raises(TypeError, assign, a, 1, 5) == "can only assign an iterable"
    assert "__index__" in raises(TypeError, assign, a, "a", [])
    assert raises(ValueError, lambda: a[::0]) == "slice step cannot be zero"

    class Index:
        def __index__(self):
            a.clear()
            return 1
    assert a[Index():3] == [] == a


slices()


async def value(v):
    return v


async def awaiting():
    return await value(1) + await value(2)


async def unawaited():
    value(3)


def run(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as e:
        return e.value


assert run(awaiting()) == 3
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    run(unawaited())
    import gc
    gc.collect()
assert [str(w.message) for w in caught] == ["coroutine 'value' was never awaited"]


class Plain:
    pass


def make(cls):
    return cls()


assert type(make(Plain)) is type(make(Plain)) is Plain and make(Plain) is not make(Plain)
Plain.__init__ = lambda self: setattr(self, "made", True)
assert make(Plain).made
del Plain.__init__
assert not hasattr(make(Plain), "made")
Plain.__new__ = lambda cls: 5
assert make(Plain) == 5
pairs = {(i, str(i), (i, -1)): i for i in range(50)}
assert all(pairs[i, str(i), (i, -1)] == i for i in range(50)) and (1, "1", (1, -2)) not in pairs
assert {(1, 2.0): "a"}[1.0, 2] == "a" and {(True, ()): 1} == {(1, ()): 1.0}
