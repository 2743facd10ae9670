"""Operations whose loops take several bytes or items at a time, against one item at a time."""
import binascii
import gc
import struct
from collections import deque
from datetime import date, timedelta

# case of bytes and of text that is not ASCII
for n in range(40):
    for data in (bytes(range(256))[n:], bytes(range(60, 130))[:n], b"aZ\xe9@[`{" * n):
        assert data.lower() == bytes(c + 32 if 65 <= c <= 90 else c for c in data)
        assert data.upper() == bytearray(data).upper() == bytes(c - 32 if 97 <= c <= 122 else c for c in data)
mixed = "".join(map(chr, (*range(32, 1000), 0x1E9E, 0x130, 0x149, 0xFB01, 0x10400, 0x10428)))
for text in (mixed, mixed[:300], "é" * 700 + "ß", "ΑΣ ΑΣΑ", "ß" * 300):
    assert text.upper() == "".join(c.upper() for c in text)
    if "Σ" not in text:
        assert text.lower() == "".join(c.lower() for c in text)
assert "ΑΣ ΑΣΑ".lower() == "ας ασα"
for c in map(chr, range(128)):
    assert ("é" + c).isalpha() == c.isalpha() and ("1" + c).isalnum() == c.isalnum()
    assert (" " + c).isspace() == c.isspace() and ("é" + c).isprintable() == c.isprintable()

# digits
for n in range(20):
    data = bytes((i * 37 + n) % 256 for i in range(n))
    digits = "".join("%02x" % c for c in data)
    assert data.hex() == memoryview(data).hex() == digits and binascii.hexlify(data) == digits.encode()
    for group in (1, 2, 3, 7, 50):
        left = "-".join(digits[i:i + 2 * group] for i in range(0, len(digits), 2 * group))
        assert data.hex("-", -group) == left, (n, group)
        assert binascii.hexlify(data, b"-", -group) == left.encode()
        assert data.hex("-", group) == "-".join(
            digits[max(0, i - 2 * group):i] for i in range(len(digits), 0, -2 * group)[::-1]), (n, group)

# UTF-8
for text in ("a" * 100 + "é", "é\u20ac" * 3000, "\U0001f600x" * 50, "é" * 5000):
    parts = b"".join(c.encode() for c in text)
    assert text.encode() == parts and parts.decode() == text
try:
    ("é" * 5000 + "\ud800").encode()
except UnicodeEncodeError as e:
    assert (e.start, e.end) == (5000, 5001)
else:
    raise AssertionError

# views
owner = bytearray(b"0123456789")
with memoryview(owner) as view:
    assert view[2:5] == b"234" and view[2:5] != b"235" and view[::2] == b"02468"
    assert view[2:5].tolist() == [50, 51, 52] and view[::3].tolist() == [48, 51, 54, 57]
    view[2:5] = b"abc"
gc.collect()
owner += b"x"
assert owner == b"01abc56789x"


class Back:
    def __init__(self, view):
        self.view = view

    def __del__(self):
        kept.append(self.view)


kept = []
Back(memoryview(bytearray(b"alive")))
gc.collect()
for view in kept:
    try:
        assert bytes(view) == b"alive"
    except ValueError:
        pass

# rings
d = deque(range(5))
d.rotate(2)
d.extend(list(range(100)))
assert list(d) == [3, 4, 0, 1, 2, *range(100)]
d.reverse()
assert list(d) == [*range(99, -1, -1), 2, 1, 0, 4, 3]
d = deque(range(7), 5)
d.extend(list(range(3)))
assert list(d) == [5, 6, 0, 1, 2]
d.extend(tuple(range(50)))
assert list(d) == list(d.copy()) == [45, 46, 47, 48, 49]
d = deque([1], 0)
d.extend([2, 3])
assert not d

# numbers in bytes, days of the calendar
for code, size in zip("bBhHiIqQ", (1, 1, 2, 2, 4, 4, 8, 8)):
    for value in (1, 100, 2 ** (8 * size - 1) - 1, *([-2] if code.islower() else [2 ** (8 * size) - 1])):
        for order, name in (("<", "little"), (">", "big")):
            packed = value.to_bytes(size, name, signed=code.islower())
            assert struct.pack(order + code, value) == packed
            assert struct.unpack(order + code, packed) == (value,)
for year in (1, 1900, 2000, 2023, 2024, 9999):
    first, day = date(year, 1, 1).toordinal(), 0
    for month in range(1, 13):
        for number in range(1, 32):
            try:
                wanted = date(year, month, number)
            except ValueError:
                break
            assert date.fromordinal(first + day) == wanted == date(year, 1, 1) + timedelta(day)
            day += 1
assert timedelta(days=999999999) + timedelta(microseconds=-1) == timedelta(999999998, 86399, 999999)
assert min([2.5, 0.0, -1.0]) == -1.0 and max([0.0, float("nan"), 1.0]) == 1.0
assert max(["b", "a", "ba"]) == "ba" and min(["", "a"]) == ""
