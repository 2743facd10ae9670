"""What a call or attribute site has learned never shows: the same site sees other functions,
classes and objects."""


def two(a, b):
    return a, b


def swapped(b, a):
    return a, b


def defaults(a, b=7, *, c=8):
    return a, b, c


def rest(a, *args, b=5, **kw):
    return a, args, b, sorted(kw.items())


def posonly(a, /, b):
    return a, b


def call_keywords(f, *args):
    results = []
    for g in (f, two, f):
        results.append(g(a=1, b=2))
    return results


def check_keywords():
    assert call_keywords(swapped) == [(1, 2)] * 3
    assert call_keywords(defaults) == [(1, 2, 8), (1, 2), (1, 2, 8)]
    assert call_keywords(rest) == [(1, (), 2, []), (1, 2), (1, (), 2, [])]
    for f, wanted in ((two, "missing 1 required positional argument: 'b'"), (defaults, None),
                      (posonly, "missing 1 required positional argument: 'b'")):
        for _ in range(3):
            try:
                result = f(1)
            except TypeError as e:
                assert wanted and wanted in str(e), e
            else:
                assert result == (1, 7, 8) and not wanted
    for _ in range(3):
        for call, text in ((lambda: two(1, a=2), "multiple values for argument 'a'"),
                           (lambda: two(a=1, c=2), "unexpected keyword argument 'c'"),
                           (lambda: posonly(a=1, b=2),
                            "positional-only arguments passed as keyword arguments: 'a'")):
            try:
                call()
            except TypeError as e:
                assert text in str(e), e
            else:
                raise AssertionError(text)


def check_defaults_change():
    def f(a, b=1, *, c=2):
        return a, b, c
    seen = []
    for i in range(6):
        if i == 2:
            f.__defaults__ = (10, 11)
        if i == 3:
            f.__kwdefaults__ = {"c": 12}
        if i == 4:
            f.__code__ = (lambda c, a=0, *, b=0: (c, a, b)).__code__
            f.__kwdefaults__ = {"b": 13}
        if i == 5:
            f.__defaults__ = None
        try:
            seen.append(f(a=i))
        except TypeError as e:
            seen.append(str(e))
    assert seen[:4] == [(0, 1, 2), (1, 1, 2), (2, 11, 2), (3, 11, 12)], seen
    assert seen[4] == (10, 4, 13), seen
    assert "missing 1 required positional argument: 'c'" in seen[5], seen


def make_class(i):
    class C:
        if i % 3 == 0:
            __slots__ = ("x", "y")

        def __init__(self, x, y=0):
            self.x = x
            self.y = y

        if i % 4 == 1:
            @property
            def z(self):
                return self.x * 2
        else:
            def z_(self):
                return i
            z = 5

        def m(self):
            return i, self.x
    return C


def check_kinds():
    classes = [make_class(i) for i in range(14)]
    for _ in range(3):
        for i, c in enumerate(classes):
            o = c(i)
            assert (o.x, o.y, o.m()) == (i, 0, (i, i))
            o.x = i + 1
            assert o.x == i + 1 and o.m() == (i, i + 1)
            assert o.z == (2 * (i + 1) if i % 4 == 1 else 5)
    for i, c in enumerate(classes):
        o = c(i)
        if i % 3:
            o.m = lambda: "own"
            assert o.m() == "own"
        c.m = lambda self: "new"
        assert o.m() == ("own" if i % 3 else "new")
        assert c(1).m() == "new"
        del c.m
        try:
            c(1).m()
        except AttributeError:
            pass
        else:
            raise AssertionError("m is gone")


def check_traceback_lines():
    import types

    def fail(n):
        if n:
            fail(n - 1)
        else:
            raise KeyError(n)
    first = fail.__code__.co_firstlineno
    try:
        fail(2)
    except KeyError as e:
        lines, tb = [], e.__traceback__
        while tb:
            lines.append(tb.tb_lineno - first)
            tb = tb.tb_next
        assert lines[1:] == [2, 2, 4], lines
        made = types.TracebackType(None, e.__traceback__.tb_frame, 0, 77)
        assert made.tb_lineno == 77


def check_init():
    class Bad:
        def __init__(self):
            return 5
    for _ in range(3):
        try:
            Bad()
        except TypeError as e:
            assert "__init__() should return None, not 'int'" in str(e)
        else:
            raise AssertionError


def check_super_in_a_variable():
    class Filled(dict):
        def __init__(self):
            base = super()
            base.__init__(a=1)
            base.__setitem__("b", 2)
            assert isinstance(base, super)
            assert (again := super()).__len__() == 2 and isinstance(again, super)
    for _ in range(3):
        assert Filled() == {"a": 1, "b": 2}


def check_loop_items():
    kept = []
    for pair in zip("ab", (1, 2)):
        a, b = pair
        kept.append((pair, a, b))
    for pair in enumerate("xy"):
        i, x = pair
        kept.append((pair, i, x))
    for pair in {1: 2}.items():
        (k, v) = pair
        kept.append((pair, k, v))
    assert kept == [(("a", 1), "a", 1), (("b", 2), "b", 2), ((0, "x"), 0, "x"), ((1, "y"), 1, "y"),
                    ((1, 2), 1, 2)], kept
    a, b = 5, 6
    for a, b in zip([], [1]):
        pass
    for a, b in zip([1], []):
        pass
    assert (a, b) == (5, 6)
    assert [(c, d) for (c, d), e in zip(zip("ab", "cd"), range(5)) if e] == [("b", "d")]
    for f in (lambda: [1 for a, b, c in zip("a", "b")], lambda: [1 for a, in enumerate("a")]):
        try:
            f()
        except ValueError as e:
            assert "values to unpack" in str(e), e
        else:
            raise AssertionError


def in_generator(items):
    for i in items:
        yield max(i, 3), min([i, 1]), len(str(i)), round(i, 1), two(a=i, b=1), "a,b".split(",")


def check_generator_windows():
    assert list(in_generator([1.5, 22.25])) == [
        (3, 1, 3, 1.5, (1.5, 1), ["a", "b"]), (22.25, 1, 5, 22.2, (22.25, 1), ["a", "b"])]


check_keywords()
check_defaults_change()
check_kinds()
check_traceback_lines()
check_init()
check_super_in_a_variable()
check_loop_items()
check_generator_windows()
