"""What loops in C go over: lists and tuples by position, iterators, generators; comparison of
nested sequences; text with escapes; UTF-8 of all widths; names of encodings; sequence * int."""
import array
import functools
import itertools
import math
import random
from collections import Counter


class Numbers(list):
    def __iter__(self):
        return iter([7, 8])


class Shrinking:
    """An item whose use empties the list that it is in."""

    def __init__(self, of):
        self.of = of

    def __radd__(self, other):
        self.of.clear()
        return other

    def __lt__(self, other):
        self.of.clear()
        return False

    __gt__ = __lt__

    def __bool__(self):
        self.of.clear()
        return False


def shrinking(n):
    items = []
    items += [Shrinking(items)] * n
    return items


def raises(kind, function, *args):
    try:
        function(*args)
    except kind:
        return True
    return False


def failing():
    yield 1
    raise KeyError("x")


# sum, any, all, min, max, reduce, prod, fsum, Counter, fromkeys, bytes of every kind of iterable
for make in (list, tuple, iter, set, dict.fromkeys, lambda x: (i for i in x),
             lambda x: array.array("q", x), Numbers):
    for values in ([], [3], [0, 0], list(range(1, 100)), [5, 4, 3]):
        want = list(make(values))
        assert want == ([7, 8] if make is Numbers else sorted(set(values)) if make is set else
                        list({v: 0 for v in values}) if make == dict.fromkeys else values)
        assert sum(make(values)) == functools.reduce(lambda a, b: a + b, want, 0)
        assert sum(make(values), 0.5) == sum(want) + 0.5
        assert any(make(values)) == any(v != 0 for v in want)
        assert all(make(values)) == (0 not in want)
        assert max(make(values), default=-1) == (sorted(want)[-1] if want else -1)
        assert min(make(values), default=-1, key=lambda x: -x) == (sorted(want)[-1] if want else -1)
        assert functools.reduce(lambda a, b: a * 3 + b, make(values), 1) == functools.reduce(
            lambda a, b: a * 3 + b, iter(want), 1)
        assert math.prod(make(values)) == math.prod(iter(want))
        assert math.fsum(make(values)) == sum(want)
        if make != dict.fromkeys:  # a mapping has counts
            assert Counter(make(values)) == {v: want.count(v) for v in want}
        assert dict.fromkeys(make(values), 1) == {v: 1 for v in want}
        assert set(make(values)) == set(want)
        if not isinstance(make(values), array.array):
            assert bytes(make(values)) == bytes(bytearray(want))
for function in (sum, any, all, min, max, math.prod, math.fsum, Counter, dict.fromkeys, bytes,
                 list, set, functools.partial(functools.reduce, lambda a, b: b)):
    assert raises(TypeError, function, None) or function is Counter
for function in (sum, min, max, math.prod, math.fsum, Counter, dict.fromkeys, bytes, list, set,
                 sorted, tuple, functools.partial(functools.reduce, lambda a, b: b)):
    assert raises(KeyError, function, failing()), function
assert sum(shrinking(5)) == 0 and not any(shrinking(5))
assert isinstance(max(shrinking(5)), Shrinking) and isinstance(min(shrinking(5)), Shrinking)
assert {1, 2, 3}.intersection([3, 1, 9]) == {1, 3} and {1, 2, 3}.intersection((2, 2, 5)) == {2}
assert {1, 2, 3}.difference([1]) == {2, 3} and raises(KeyError, {1, 2}.intersection, failing())
for n in (0, 1, 31, 32, 33, 64, 65, 1000):
    assert list(i for i in range(n)) == list(range(n)) == list(map(int, range(n)))
    assert list("ab" * n) == [c for c in "ab" * n] and list(bytes(n)) == [0] * n
    a = array.array("d", range(n))
    assert list(a) == a.tolist() == [float(i) for i in range(n)]
    it = iter(a)
    assert list(itertools.islice(it, 3)) + list(it) == a.tolist() and list(it) == []

# comparison: as by the definition, at every depth
NAN = float("nan")
OPS = {"==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
       "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def by_definition(a, b, op):
    if type(a) is type(b) and isinstance(a, (list, tuple)):
        for x, y in zip(a, b):
            if x is not y and by_definition(x, y, "==") is False:
                return op == "!=" or (op != "==" and by_definition(x, y, op))
        a, b = len(a), len(b)
    return OPS[op](a, b)


rnd = random.Random(3)


def value(depth):
    kind = rnd.randrange(8 if depth else 6)
    if kind > 5:
        return [list, tuple][kind - 6](value(depth - 1) for _ in range(rnd.randrange(4)))
    number = rnd.randrange(3)
    return [number, number / 2, "ab"[rnd.randrange(2)], NAN, 2 ** 70, b"x"][kind]


def result(function, *args):
    try:
        return function(*args)
    except TypeError:
        return TypeError


for _ in range(3000):
    depth = rnd.randrange(6)
    a, b = value(depth), value(depth)
    if rnd.randrange(2):
        b = [a, b]
        a = [a, value(depth)]
    for op, function in OPS.items():
        assert result(function, a, b) == result(by_definition, a, b, op), (a, op, b)


class Asked:
    """Compares with everything, and says so."""

    def __init__(self, log):
        self.log = log

    def __eq__(self, other):
        self.log.append(other)
        return True


log = []
assert [1, Asked(log)] == [1, 5] and (1, Asked(log)) == (1, 6) and [[Asked(log)]] == [[7]]
assert log == [5, 6, 7]
# items of lists of different lengths are not asked
assert ([Asked(log)] == [1, 2]) is False and log == [5, 6, 7]
assert ((Asked(log),) == (1, 2)) is False and log == [5, 6, 7, 1]
assert [1, [2, [3, [4, [5, Asked(log)]]]]] == [1, [2, [3, [4, [5, 9]]]]]
assert log[-1] == 9 and len(log) == 5
loop = []
loop.append(loop)
other = []
other.append(other)
assert raises(RecursionError, lambda: loop == other) and loop == loop
assert raises(RecursionError, lambda: loop < other)
rows = [[i * 7 % 50, [str(i), i]] for i in range(300)]
assert sorted(rows) == sorted(rows, key=lambda r: (r[0], r[1][0], r[1][1]))

# repr of text: every character below 256 and some above, beside every other kind
for c in [chr(i) for i in range(256)] + ["\u0100", "\u2028", "\ud800", "\uffff", "\U0001f600",
                                         "\U0010ffff", "\u0378"]:
    for text in (c, "a" + c, c + "'", c + '"', c + "'\"", "\u6f22" + c, "\U0001f600" + c + "\n",
                 c * 3 + "\\"):
        assert eval(repr(text)) == text and ascii(text).isascii() and eval(ascii(text)) == text
        assert not set(repr(text)) & {"\n", "\r", "\t", "\x00", "\x7f", "\ud800"}
assert repr("a\nb") == "'a\\nb'" and repr("\x00\x1f\x7f\xa0\xad") == "'\\x00\\x1f\\x7f\\xa0\\xad'"
assert repr("'\n") == '"\'\\n"'
assert repr("'\"\t") == "'\\'\"\\t'" and repr("\u6f22\\") == "'\u6f22\\\\'"

# UTF-8: every width, at every distance from the ends of blocks
samples = ["a", "\x7f", "\x80", "\xff", "\u0100", "\u07ff", "\u0800", "\u6f22", "\ud7ff",
           "\ue000", "\uffff", "\U00010000", "\U0010ffff"]


def encoded(c):
    last = [0x80 | c >> shift & 63 for shift in (12, 6, 0)]
    return bytes([c] if c < 0x80 else [0xc0 | c >> 6] + last[2:] if c < 0x800 else
                 [0xe0 | c >> 12] + last[1:] if c < 0x10000 else [0xf0 | c >> 18] + last)


for c in samples:
    for n in (1, 7, 8, 15, 16, 17, 33, 5000):
        for before in (0, 1, 9):
            for extra in ("", "z", "\xe9", "\u0416", "\u6f22", "\U0001f600"):
                text = "a" * before + c * n + extra
                data = b"a" * before + encoded(ord(c)) * n
                data += encoded(ord(extra)) if extra else b""
                assert text.encode() == data and data.decode() == text
for n in (0, 1, 15, 16, 40, 4095, 4096, 9000):
    for lone in ("\ud800", "\udfff", "\udc80"):
        text = "\u6f22" * n + lone + "\U0001f600" * (n % 2)
        assert raises(UnicodeEncodeError, text.encode)
        assert text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass") == text
        assert text.encode("utf-8", "replace").count(b"?") == 1
for name in ("utf-8", "UTF-8", "utf8", "u8", "latin-1", "latin1", "l1", "LATIN_1", "ascii", "ASCII",
             "us-ascii", "646", "utf-16", "U16", "utf_32", "cp1252", "iso8859-15"):
    assert "aZ1".encode(name).decode(name) == "aZ1" and b"".decode(name) == ""
for name in ("utf-88", "latin-19", "asci", "asciii", "a", "lat", "ut"):
    assert raises(LookupError, "x".encode, name) and raises(LookupError, b"x".decode, name)


# sequence * int, and what has a say in it
class Text(str):
    def __mul__(self, n):
        return "mine"


class Count(int):
    def __rmul__(self, other):
        return "theirs"


for seq in ("ab", b"ab", bytearray(b"ab"), [1, 2], (1, 2), Text("ab"), array.array("b", [1, 2])):
    for n in (-1, 0, 1, 2, 3, True, 100):
        plain = [x for _ in range(n) for x in seq]
        if not isinstance(seq, Text):
            assert list(seq * n) == plain and type(seq * n) is type(seq)
            assert seq * Count(n) == "theirs"
        assert list(n * seq) == plain
    assert raises(TypeError, lambda: seq * 1.5) or isinstance(seq, Text)
    assert raises(TypeError, lambda: seq * seq) or isinstance(seq, Text)
assert Text("ab") * 3 == "mine"
assert raises(TypeError, lambda: {} * 2) and raises(TypeError, lambda: {1} * 2)
assert raises((OverflowError, MemoryError), lambda: "ab" * (2 ** 62))
print("ok")
