"""What comparison says of different kinds, bytes, and sequences with such items in them."""
import itertools
import operator


class Same:
    def __eq__(self, other):
        return 'same'

    def __lt__(self, other):
        return 'less'


class Tuple(tuple):
    def __eq__(self, other):
        return 'tuple'
    __hash__ = None


plain = [0, 1.5, 2 ** 70, 1e300, 'a', '', None, (), (1,), [], [1], {}, {1: 2}, b'', b'a',
         bytearray(b'a'), True, set(), frozenset(), 1j, range(0)]
for (i, a), (j, b) in itertools.combinations(enumerate(plain), 2):
    expected = (min(i, j), max(i, j)) in {(14, 15), (17, 18)}
    for x, y in ((a, b), (b, a)):
        assert (x == y) is expected and (x != y) is not expected, (x, y)
        assert ((x, 1) == (y, 1)) is expected and ([[x]] != [[y]]) is not expected, (x, y)
        assert ({1: x} == {1: y}) is expected
        assert (x in [y]) is expected and [y, y].count(x) == 2 * expected
for a, b in itertools.permutations([0, 1.5, 'a', None, (), [], {}], 2):
    if {type(a), type(b)} == {int, float}:
        continue
    for op in (operator.lt, operator.le, operator.gt, operator.ge):
        for x, y in ((a, b), ((a,), (b,))):
            try:
                op(x, y)
            except TypeError as e:
                assert f"'{type(a).__name__}' and '{type(b).__name__}'" in str(e), e
            else:
                raise AssertionError((x, y))
for x in (0, 'a', None, (), [], {}, b''):
    assert (x == Same()) == 'same' and (Same() == x) == 'same' and (x > Same()) == 'less'
    assert (x == Tuple()) == 'tuple' and ((x,) == (Same(),)) is True

texts = [b'', b'a', b'ab', b'b', b'\xff', b'\x00', b'a\x00', b'a' * 40, b'a' * 39 + b'b']
for a in texts:
    for b in texts:
        copy = bytes(bytearray(b))
        for op in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
            expected = op(list(a), list(b))
            assert op(a, copy) is expected and op((1, a), (1, copy)) is expected, (a, b, op)
            assert op([[a]], [[copy]]) is expected
assert sorted(texts + texts)[::2] == sorted(texts)

# bytes that are gone through by sum() and any()
data = bytes(range(250, 256)) * 3
it = iter(data)
assert next(it) == 250 and sum(it) == sum(list(data)) - 250 and next(it, None) is None
it = iter(b'\0\0\1\2\3')
assert any(it) and list(it) == [2, 3] and sum(it) == 0 and any(it) is False and all(it)
assert sum(b'') == 0 and any(b'') is False and all(b'\1\2') and not all(b'\1\0')
assert sum(b'ab', 0.5) == 195.5 and sum(b'\x01\x02', 2 ** 64) == 2 ** 64 + 3
it = iter(b'\1\2\3')


class Adds:
    def __radd__(self, other):
        raise ZeroDivisionError


class Add(int):
    def __add__(self, other):
        return Add(int(self) * 10 + other + next(it, 0))


assert sum(it, Add(0)) == (0 * 10 + 1 + 2) * 10 + 3
try:
    sum(b'\1', Adds)
except TypeError:
    pass
else:
    raise AssertionError
