"""Items that are taken several at a time, from what runs no code of Python, are the loop's."""
from collections import deque

for source in (b"", b"a", b"abcdef" * 50, bytearray(b"xyz"), "", "text", "wide \N{SNOWMAN}" * 50,
               range(0), range(5), range(10, 0, -3), range(5000), {1: 2, 3: 4}, {5, 6},
               memoryview(b"abc"), [1, 2], (3, 4)):
    items = [x for x in source]
    assert [*source] == items and [0, *source, 1] == [0] + items + [1]
    assert (*source,) == tuple(items)
    *every, = source
    assert every == items
    if len(items) > 1:
        first, *rest = source
        assert (first, rest) == (items[0], items[1:])
        *rest, last = source
        assert (rest, last) == (items[:-1], items[-1])
        first, *rest, last = source
        assert (first, rest, last) == (items[0], items[1:-1], items[-1])
    assert list(deque(source)) == items and list(deque(source, 3)) == items[-3:]
    d = deque([0], 4)
    d.extend(source)
    assert list(d) == ([0] + items)[-4:]
    made = set()
    for x in items:
        made.add(x)
    assert set(source) == made == frozenset(source)
    made = {"t", 97}
    made.update(source)
    assert made == {"t", 97} | set(items)


class Text(str):
    def __iter__(self):
        return iter([1, 2])


class Octets(bytes):
    def __iter__(self):
        return iter([3, 4])


assert [*Text("ab")] == [1, 2] and set(Text("ab")) == {1, 2} and [*Octets(b"ab")] == [3, 4]
a, *b = Octets(b"xyz")
assert (a, b) == (3, [4]) and set(Octets(b"ab")) == {3, 4}


def failing():
    yield 1
    raise KeyError("stop")


for take in (lambda: [*failing()], lambda: set(failing()), lambda: deque(failing())):
    try:
        take()
    except KeyError:
        pass
    else:
        raise AssertionError
for wrong in (5, None):
    for take, message in ((lambda: [*wrong], "Value after * must be an iterable, not "),
                          (lambda: exec("a, *b = wrong", {"wrong": wrong}),
                           "cannot unpack non-iterable ")):
        try:
            take()
        except TypeError as error:
            assert str(error).startswith(message), error
        else:
            raise AssertionError
try:
    a, b, *c = b"x"
except ValueError as error:
    assert str(error) == "not enough values to unpack (expected at least 2, got 1)"
assert [type(x) for x in sorted(map(dict.get, [{}], [1]), key=lambda x: 0)] == [type(None)]
