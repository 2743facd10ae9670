"""Special methods written in Python, called by operators and statements: results, NotImplemented,
errors, frames."""
import sys
import traceback


class Number:
    def __init__(self, x):
        self.x = x

    def __add__(self, other):
        return Number(self.x + other.x) if isinstance(other, Number) else NotImplemented

    def __radd__(self, other):
        return Number(other + self.x)

    def __iadd__(self, other):
        if other == 5:
            return NotImplemented
        self.x += 1
        return self

    def __eq__(self, other):
        return self.x == other.x if isinstance(other, Number) else NotImplemented

    def __lt__(self, other):
        return self.x < other.x if isinstance(other, Number) else NotImplemented

    def __bool__(self):
        return self.x != 0

    def __getitem__(self, i):
        return self.x, i

    def __setitem__(self, i, v):
        self.set = i, v

    def __contains__(self, i):
        return self.x * i

    def __iter__(self):
        yield 1
        yield self.x

    def __enter__(self):
        return "in"

    def __exit__(self, *args):
        self.left = args
        return True


class Derived(Number):
    def __radd__(self, other):
        return "derived first"

    def __gt__(self, other):
        return "greater first"


class Counter:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration
        return self.n


class Bad:
    def __init__(self):
        yield

    def __iter__(self):
        return 5

    def __bool__(self):
        return 3

    def __eq__(self):
        return 1

    def __enter__(self):
        raise KeyError

    def __exit__(self, a):
        pass

    def __next__(self):
        raise ValueError(1)


class Itself(Bad):
    def __init__(self):
        pass

    def __iter__(self):
        return self


def raised(source, **names):
    try:
        exec(source, names)
    except Exception as e:
        return type(e).__name__, str(e)
    return None


def results():
    a, b = Number(1), Number(2)
    assert (a + b).x == 3 and (3 + a).x == 4 and a + Derived(1) == "derived first"
    assert (a < Derived(3)) == "greater first"
    assert (a == b, a != b, a < b, a > b, a == 3, a != 3) == (False, True, True, False, False, True)
    assert a[2] == (1, 2) and a[a] == (1, a) and a[-200] == (1, -200)
    assert (2 in a, 0 in a, 0 not in a, not a, not Number(0)) == (True, False, True, False, True)
    a[3] = 4
    assert a.set == (3, 4)
    same = a
    a += 1
    assert a is same and a.x == 2
    assert [x for x in a] == [1, 2] and list(Counter(3)) == [x for x in Counter(3)] == [2, 1, 0]
    seen = []
    if a == Number(2):
        seen.append("equal")
    if a == 1:
        seen.append("never")
    if Number(1) < a and not a < 1 if isinstance(1, Number) else True:
        seen.append("less")
    while Number(0):
        seen.append("never")
    for i in Counter(2):
        seen.append(i)
    else:
        seen.append("else")
    with a as entered:
        seen.append(entered)
        raise ZeroDivisionError
    assert seen == ["equal", "less", 1, 0, "else", "in"] and a.left[0] is ZeroDivisionError, seen

    def steps():
        for i in Counter(3):
            yield i, a < b, a[i]

    assert [i for i, _, _ in steps()] == [2, 1, 0]


def errors():
    a = Number(1)
    assert raised("a + 's'", a=a)[0] == "TypeError"
    assert raised("a - a", a=a) == ("TypeError",
                                    "unsupported operand type(s) for -: 'Number' and 'Number'")
    assert raised("a + None", a=a) == ("TypeError",
                                       "unsupported operand type(s) for +: 'Number' and 'NoneType'")
    assert raised("a += 5", a=a) == ("TypeError",
                                     "unsupported operand type(s) for +=: 'Number' and 'int'")
    assert raised("a < 3", a=a) == ("TypeError",
                                    "'<' not supported between instances of 'Number' and 'int'")
    assert raised("if a <= 3: pass", a=a) == ("TypeError",
                                              "'<=' not supported between instances of 'Number' "
                                              "and 'int'")
    assert raised("for i in b: pass", b=Itself()) == ("ValueError", "1")
    bad = Itself()
    type(bad).__iter__ = Bad.__iter__
    assert raised("for i in b: pass", b=bad) == ("TypeError",
                                                 "iter() returned non-iterator of type 'int'")
    assert raised("not b", b=bad) == raised("1 if b else 2", b=bad) == (
        "TypeError", "__bool__ should return bool, returned int")
    assert raised("b == 1", b=bad)[0] == "TypeError"
    assert raised("with b: pass", b=bad)[0] == "KeyError"
    assert raised("Bad()", Bad=Bad) == ("TypeError",
                                        "__init__() should return None, not 'generator'")


def deep():
    class Deep:
        def __eq__(self, other):
            return self == other

        def __getitem__(self, i):
            return self[i]

    for source in ("d == d", "d[1]", "if d == d: pass"):
        assert raised(source, d=Deep())[0] == "RecursionError"


def frames():
    names = []

    class Seen:
        def __lt__(self, other):
            frame = sys._getframe()
            names.extend((frame.f_code.co_name, frame.f_back.f_code.co_name))
            return True

        def __next__(self):
            raise ValueError

        def __iter__(self):
            return self

    if Seen() < 1:
        names.append("yes")
    assert names == ["__lt__", "frames", "yes"]
    try:
        for _ in Seen():
            pass
    except ValueError as e:
        assert ([entry.name for entry in traceback.extract_tb(e.__traceback__)]
                == ["frames", "__next__"])


def asynchronous():
    class Manager:
        async def __aenter__(self):
            return 4

        async def __aexit__(self, *args):
            pass

    async def use():
        async with Manager() as value:
            return value

    try:
        use().send(None)
    except StopIteration as e:
        assert e.value == 4


def traced():
    events = []

    def tracer(frame, event, arg):
        events.append((frame.f_code.co_name, event))
        return tracer

    def body(a):
        for i in Counter(1):
            if a < a:
                pass
        return a[1]

    sys.settrace(tracer)
    body(Number(1))
    sys.settrace(None)
    want = ["__init__", "body", "__init__", "__iter__", "__next__", "__lt__", "__next__",
            "__getitem__"]
    assert [name for name, event in events if event == "call"] == want
    assert [name for name, event in events if event == "return"] == [
        "__init__", "__init__", "__iter__", "__next__", "__lt__", "__next__", "__getitem__", "body"]
    assert events.count(("body", "exception")) == 1 and events.count(("__next__", "exception")) == 1


for test in (results, errors, deep, frames, asynchronous, traced):
    test()
