"""Short ways of common operations on text and bytes give what the long ones do, at every length and width."""
import base64
import binascii
import io

ALPHABETS = "ab", "aé", "a\xff\x80", "aé€", "a€\U0001f600"


def texts():
    for letters in ALPHABETS:
        for n in (0, 1, 2, 15, 16, 17, 31, 33, 255, 4095, 4097):
            yield "".join(letters[i * i % 7 % len(letters)] for i in range(n))


def slow_replace(s, old, new):
    return "".join(new if c == old else c for c in s)


for s in texts():
    for old in "aé\xff€x":
        assert s.count(old) == sum(c == old for c in s)
        for new in "bé€\U0001f600":
            r = s.replace(old, new)
            assert r == slow_replace(s, old, new) and r.isascii() == all(ord(c) < 128 for c in r)
            assert hash(r) == hash(slow_replace(s, old, new))
    assert s.count("ab") == sum(s.startswith("ab", i) for i in range(len(s))) and "aa".count("aa") == 1
    assert ("aaaa" * 5).count("aa") == 10 and s.replace("a", "a") == s
    assert eval(repr(s)) == s and eval(ascii(s)) == s
assert ("x" * 70000).count("x") == 70000 and ("ab" * 70000).count("b") == 70000
assert repr("a\x7f\xa0\xad'") == '"a\\x7f\\xa0\\xad\'"' and repr("\t ~\\") == "'\\t ~\\\\'"

# codecs by their common names
for name in ("latin-1", "latin1", "LATIN-1", "iso-8859-1", "ascii", "ASCII", "us-ascii", "utf-8", "UTF-8", "utf8"):
    assert "abc".encode(name) == b"abc" and b"abc".decode(name) == "abc" and str(b"abc", name) == "abc"
assert b"\xff".decode("latin-1") == "\xff"
try:
    b"\xff".decode("ascii")
except UnicodeDecodeError:
    pass
else:
    raise AssertionError

# bytes from items
class Index:
    def __index__(self):
        return 7


assert bytes([0, 255, 7]) == b"\x00\xff\x07" and bytes((True, Index())) == b"\1\7" and bytearray([1]) == b"\1"
assert bytes(x for x in range(3)) == b"\0\1\2"
for bad in ([256], [-1], [1, 2**70], [1.0], ["a"]):
    for kind in bytes, bytearray:
        try:
            kind(bad)
        except (ValueError, TypeError):
            pass
        else:
            raise AssertionError(bad)

# base64
for n in list(range(20)) + [1000, 1001]:
    data = bytes(i * 37 % 256 for i in range(n))
    text = base64.b64encode(data)
    assert base64.b64decode(text) == data and binascii.a2b_base64(text, strict_mode=True) == data
    assert base64.b64decode(b"\n".join(text[i:i + 3] for i in range(0, len(text), 3))) == data
    assert base64.encodebytes(data).replace(b"\n", b"") == text and base64.decodebytes(base64.encodebytes(data)) == data
for bad in (b"a", b"abcde", b"ab", b"abc", b"abcda="):
    try:
        binascii.a2b_base64(bad)
    except binascii.Error:
        pass
    else:
        raise AssertionError(bad)
assert binascii.a2b_base64(b"a!bc*d\xff") == binascii.a2b_base64(b"abcd")

# sums
assert sum([0.5, 1, 2.5]) == 4.0 and sum([1, 0.5, 2**70, 0.25]) == 1 + 0.5 + 2**70 + 0.25
assert sum([0.5, 1j]) == 0.5 + 1j and sum([1.0, True]) == 2.0 and sum([0.1] * 10) == 0.9999999999999999
assert str(sum([-0.0], -0.0)) == "-0.0" and sum([1e308, 1e308]) == float("inf") and sum([], 1.5) == 1.5


def broken():
    yield 1.5
    yield 2
    raise KeyError("x")


try:
    sum(broken())
except KeyError:
    pass
else:
    raise AssertionError
try:
    sum([1.5, "a"])
except TypeError as e:
    assert "unsupported operand" in str(e)
else:
    raise AssertionError


class Float(float):
    def __radd__(self, other):
        return "mine"


assert sum([1.5, Float(2)]) == "mine"

# line ends
for text in ("", "a", "a\nb", "a\r\nb", "a\rb\r", "€\n\r\né\r"):
    f = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    assert f.read() == text.replace("\r\n", "\n").replace("\r", "\n")
    wanted = tuple(e for e in ("\r", "\n", "\r\n") if e in (text.replace("\r\n", "") if len(e) == 1 else text))
    assert f.newlines in (wanted, wanted[0] if len(wanted) == 1 else None), (text, f.newlines, wanted)

# dicts
nan = float("nan")
assert {1: nan} == {1: nan} and {1: nan} != {1: float("nan")} and {1: 2, 3: "a"} == {3: "a", 1: 2}
assert {1: 2} != {1: 3} and {1: [1]} == {1: [1]}
print("ok")
