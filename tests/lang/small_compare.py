"""Comparisons with small constants that decide a jump: every operator, either outcome, any left
operand."""


def outcomes(x):
    found = []
    for test in (lambda: 1 if x < 3 else 0, lambda: 1 if x <= 3 else 0, lambda: 1 if x == 3 else 0,
                 lambda: 1 if x != 3 else 0, lambda: 1 if x > -3 else 0,
                 lambda: 1 if x >= -128 else 0,
                 lambda: 1 if not x < 3 else 0, lambda: 1 if not x == 3 else 0):
        try:
            found.append(test())
        except TypeError as e:
            found.append(str(e))
    return found


class Odd:
    """Compares by a rule of its own; what __lt__ gives has a truth of its own."""

    def __lt__(self, other):
        return [] if other == 3 else [0]

    def __eq__(self, other):
        raise TypeError("never equal")


class Int(int):
    def __gt__(self, other):
        return False


assert outcomes(2) == [1, 1, 0, 1, 1, 1, 0, 1]
assert outcomes(3) == [0, 1, 1, 0, 1, 1, 1, 0]
assert outcomes(3.5) == [0, 0, 0, 1, 1, 1, 1, 1]
assert outcomes(-200) == [1, 1, 0, 1, 0, 0, 0, 1]
assert outcomes(10**30) == [0, 0, 0, 1, 1, 1, 1, 1]
assert outcomes(-10**30) == [1, 1, 0, 1, 0, 0, 0, 1]
assert outcomes(float("nan")) == [0, 0, 0, 1, 0, 0, 1, 1]
assert outcomes(True) == [1, 1, 0, 1, 1, 1, 0, 1]
assert outcomes(Int(4)) == [0, 0, 0, 1, 0, 1, 1, 1]
assert outcomes("a") == ["'<' not supported between instances of 'str' and 'int'",
                         "'<=' not supported between instances of 'str' and 'int'", 0, 1,
                         "'>' not supported between instances of 'str' and 'int'",
                         "'>=' not supported between instances of 'str' and 'int'",
                         "'<' not supported between instances of 'str' and 'int'", 1]
assert outcomes(Odd())[0] == 0 and outcomes(Odd())[6] == 1 and outcomes(Odd())[2] == "never equal"


def chain(x):
    return "low" if 0 <= x < 10 else "high" if x < 100 else "more" if x else None


assert [chain(x) for x in (-1, 0, 9, 10, 99, 100)] == ["high", "low", "low", "high", "high", "more"]


def leaving(x, log):
    try:
        return "small" if x < 3 else "large"
    finally:
        log.append(x)


log = []
assert [leaving(x, log) for x in (2, 3)] == ["small", "large"] and log == [2, 3]

# a comprehension's list while its iterator is shorter or longer than it said
items = [1, 2, 3]
assert [items.append(x) or x for x in items if len(items) < 6] == [1, 2, 3]
items = [1, 2, 3]
assert [x if len(items) > 5 else items.append(x) for x in items] == [None, None, None, 1, 2, 3]
assert [items.clear() for x in items] == [None]
for empty in ([], (), range(0)):
    assert [x for x in empty] == []


def stop(x):
    raise KeyError(x)


try:
    [stop(x) for x in range(10**15)]
except KeyError as e:
    assert e.args == (0,)
