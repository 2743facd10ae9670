"""Values that hold no others: their comparison, lists of bytes, text of what there is one of; items
of tuples."""
import datetime
import decimal
import operator

# comparison of two of one type that holds no others, of subclasses, and with other types
D = decimal.Decimal
UTC = datetime.timezone.utc
OPERATORS = operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge
for kind in [(-2**70, -5, 2**62, 2**64, 2**64 + 1, 3**200), (b"", b"a", b"ab", b"b" * 300, b"\xff"),
             (D("-1.5"), D(0), D("1e50"), D("2e50")),
             (datetime.date.min, datetime.date(2020, 2, 29), datetime.date.max),
             (datetime.datetime.min, datetime.datetime(2020, 2, 29, 1),
              datetime.datetime(2020, 2, 29, 1, 0, 1)),
             (datetime.datetime(2020, 1, 1, tzinfo=UTC), datetime.datetime(2021, 1, 1, tzinfo=UTC)),
             (datetime.time.min, datetime.time(1, 2), datetime.time.max),
             (datetime.timedelta(-1), datetime.timedelta(0), datetime.timedelta(1))]:
    for i, a in enumerate(kind):
        for k, b in enumerate(kind):
            copies = [b] if type(b) is not bytes else [b, bytearray(b),
                                                       type("Sub", (bytes,), {})(b)]
            for other in copies:
                for op in OPERATORS:
                    assert op(a, other) is op(i, k), (a, other, op)
                    assert op([a], [other]) is op(i, k) if type(other) is type(a) else True
assert ((1j == 1j) and (1j != 2j) and not 1j == 2j and 2**64 == float(2**64) and 2**64 != "2"
        and b"a" != "a")
for a, b in ((1j, 2j), (datetime.datetime.min, datetime.datetime(1, 1, 1, tzinfo=UTC)),
             (2**64, "a"), (b"a", "a")):
    assert a != b
    try:
        a < b
    except TypeError as e:
        assert "not supported" in str(e) or "offset-naive" in str(e)
    else:
        raise AssertionError((a, b))


class Odd(int):
    def __eq__(self, other):
        return "asked"

    __hash__ = int.__hash__


assert (2**64 == Odd(2**64)) == "asked" and (Odd(2**64) == 2**64) == "asked"
assert decimal.Decimal("nan") != decimal.Decimal("nan")
deep = []
for _ in range(100000):
    deep = [deep]
try:
    deep == [deep]
except RecursionError:
    pass

# lists of bytes, text of what there is one of
for n in (0, 1, 31, 32, 33, 64, 255, 256, 1000):
    data = bytes(i * 7 & 255 for i in range(n))
    assert (list(data) == [*data] == [c for c in data] == list(bytearray(data))
            == list(memoryview(data)))
assert (str(True) == repr(True) == "True" and str(False) == repr(False) == "False"
        and str(None) == repr(None) == "None")
for wrap in tuple, list, iter, lambda t: iter(tuple(t)):
    assert sum(wrap(range(50))) == 1225 and max(wrap((3, 5, 4))) == 5
    assert list(zip(wrap((1, 2)), wrap((3, 4, 5)))) == [(1, 3), (2, 4)]
    assert list(map(abs, wrap((-1, 2)))) == [1, 2] and list(filter(None, wrap((0, 1)))) == [1]
