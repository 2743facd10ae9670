"""Operations whose loops take several bytes or items at a time, against one item at a time."""
import binascii
import gc
import hashlib
import io
import math
import pickle
import struct
import unicodedata
from collections import deque
from datetime import date, timedelta

# case of bytes and of text that is not ASCII
for n in range(40):
    for data in (bytes(range(256))[n:], bytes(range(60, 130))[:n], b"aZ\xe9@[`{" * n):
        assert data.lower() == bytes(c + 32 if 65 <= c <= 90 else c for c in data)
        assert data.upper() == bytearray(data).upper() == bytes(c - 32 if 97 <= c <= 122 else c
                                                                for c in data)
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
    assert (data.hex() == memoryview(data).hex() == digits
            and binascii.hexlify(data) == digits.encode())
    for group in (1, 2, 3, 7, 50):
        left = "-".join(digits[i:i + 2 * group] for i in range(0, len(digits), 2 * group))
        assert data.hex("-", -group) == left, (n, group)
        assert binascii.hexlify(data, b"-", -group) == left.encode()
        assert data.hex("-", group) == "-".join(
            digits[max(0, i - 2 * group):i]
            for i in range(len(digits), 0, -2 * group)[::-1]), (n, group)

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
    for value in (1, 100, 2 ** (8 * size - 1) - 1, *([-2] if code.islower()
                                                     else [2 ** (8 * size) - 1])):
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

# odds and ends
assert (b" \t\r\nab \x0b\x0c".strip() == b"ab" and b"\xffab\xfe\x00".strip(b"\x00\xfe\xff") == b"ab"
        and b"@a@".lstrip(b"@") == b"a@")
assert "é".center(5, "-") == "--é--" and "ab".rjust(4, "€") == "€€ab" and "-1".zfill(5) == "-0001"
assert "a\r\nb\x0bc\x85d\x1ce\n".splitlines(True) == ["a\r\n", "b\x0b", "c\x85", "d\x1c", "e\n"]
assert (math.prod([1.5, 2, 3.0]) == 9.0 and math.prod([2, 0.5, 1e300, 1e300]) == math.inf
        and math.prod([]) == 1)
big = 3 ** 200
assert (big // 7 ** 150, big % 7 ** 150, -big // 7 ** 150, -big % 7 ** 150) == (0, big, -1, 7 ** 150 - big)
assert divmod(big, -7 ** 150) == (-1, big - 7 ** 150) and divmod(big, big) == (1, 0)
for value in (0, 255, 256, 65535, 65536, 2 ** 31 - 1, -1, -2 ** 31, 2 ** 31, 2 ** 63, 0.1,
              b"x" * 300, [1, [300, 70000]]):
    for protocol in range(6):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
for name in ("md5", "sha1", "sha256", "sha3_256", "blake2b", "blake2s"):
    assert hashlib.new(name, b"ab").digest() == getattr(hashlib, name)(b"ab").digest()
assert (hashlib.blake2b(b"abc").hexdigest()[:16] == "ba80a53f981c4d0d"
        and hashlib.blake2s(b"abc").hexdigest()[:16] == "508c5e8c327c14e2")
assert [unicodedata.name(chr(c), "-") for c in (0x41, 0xFF, 0x100, 0x3FF, 0xE01EF, 0x10FFFF,
                                                0)] == [
    "LATIN CAPITAL LETTER A", "LATIN SMALL LETTER Y WITH DIAERESIS",
    "LATIN CAPITAL LETTER A WITH MACRON",
    "GREEK CAPITAL REVERSED DOTTED LUNATE SIGMA SYMBOL", "VARIATION SELECTOR-256", "-", "-"]
for items in (range(1000), tuple(range(500)) * 2, range(5, -5, -1), range(0)):
    assert sorted(set(items)) == sorted(dict.fromkeys(items))
lines = b"x" * 50000 + b"\n" + b"y" * 10 + b"\n" + b"z" * 20000
reader = io.BufferedReader(io.BytesIO(lines))
assert reader.readlines() == lines.splitlines(True) and reader.readline() == b""
reader.seek(0)
assert (reader.readline(9000) == lines[:9000] and reader.readline(0) == b""
        and reader.readline() == lines[9000:50001])


class Shout(str):
    def __format__(self, spec):
        return self.upper() + spec


assert (f"{Shout('a'):>3}" == "A>3" and f"{True:>5}|{7:>3}|{2.5:<6}|{'a':^3}"
        == "    1|  7|2.5   | a ")
assert "{:{}}".format(3, ">4") == "   3" and f"{'abc':.2}" == "ab" and f"{True}" == "True"
for items in ([1, 2, 2, 5], [2, 1], [1.5, 1.5, 2.5], [2.5, 1.5], [1, 2.0, 3], [-3, -2, 0, 7],
              ["a", "", "ab", "a\0", "b"]):
    assert (sorted(items) == sorted(items[::-1]) == sorted(items, key=lambda x: x)
            and sorted(items, reverse=True) == sorted(items)[::-1])
text = io.TextIOWrapper(io.BytesIO(b"a\r\nb\n\nc"), newline=None)
assert (text.readline() == "a\n" and text.readlines() == ["b\n", "\n", "c"]
        and text.readlines() == [])
