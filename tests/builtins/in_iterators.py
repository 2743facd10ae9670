"""`in` asks what it finds by iterating, one item after the other, and goes no further than to the
first that is equal; append() of a bytearray fits in or makes room."""
import array
from collections import deque


def count(log, *items):
    for x in items:
        log.append(x)
        yield x


log = []
numbers = count(log, 1, 2, 3, 4)
assert 2 in numbers and log == [1, 2]
assert 1 not in numbers and log == [1, 2, 3, 4] and 1 not in numbers

codes = [97, 98, 99, 100]
for items in (b"abcd", bytearray(b"abcd"), memoryview(b"abcd"), array.array("i", codes),
              deque(codes), codes, map(int, codes)):
    it = iter(items)
    assert 98 in it and next(it) == 99
    assert 98 not in it and next(it, None) is None
assert 97 in memoryview(b"abc") and 96 not in memoryview(b"abc") and "a" not in memoryview(b"abc")
nan = float("nan")
assert nan in (x for x in [1, nan]) and float("nan") not in (x for x in [1, nan])


class Strange:
    def __eq__(self, other):
        raise KeyError("compared")


def fails():
    yield 1
    raise ValueError("ends")


for left, right, error in ((Strange(), (x for x in [1, 2]), KeyError), (5, fails(), ValueError),
                           (Strange(), memoryview(b"a"), KeyError), (5, 5, TypeError)):
    try:
        left in right
    except error:
        pass
    else:
        raise AssertionError(error)
log = []
numbers = count(log, 1, 2, 3)
try:
    Strange() in numbers
except KeyError:
    pass
assert log == [1] and list(numbers) == [2, 3]


class Nested:
    """Its comparison goes on with the generator that it is looked for in."""
    def __eq__(self, other):
        rest.extend(numbers)
        return False


rest = []
numbers = (x for x in range(5))
assert Nested() not in numbers and rest == [1, 2, 3, 4]

b = bytearray()
for i in range(3000):
    b.append(i % 256)
    assert len(b) == i + 1 and b[-1] == i % 256
assert b == bytes(i % 256 for i in range(3000))
del b[:2990]
b.append(7)
assert b == bytes(i % 256 for i in range(2990, 3000)) + b"\7"
for wrong, error in ((256, ValueError), (-1, ValueError), ("a", TypeError), (1.5, TypeError)):
    try:
        b.append(wrong)
    except error:
        pass
    else:
        raise AssertionError(wrong)
with memoryview(b):
    try:
        b.append(1)
    except BufferError:
        pass
    else:
        raise AssertionError
b.append(True)
assert b[-1] == 1 and len(b) == 12
