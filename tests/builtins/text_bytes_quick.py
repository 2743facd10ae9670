"""Short ways of common operations on text and bytes give what the long ones do, at every length and
width."""
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
    assert (s.count("ab") == sum(s.startswith("ab", i) for i in range(len(s)))
            and "aa".count("aa") == 1)
    assert ("aaaa" * 5).count("aa") == 10 and s.replace("a", "a") == s
    assert eval(repr(s)) == s and eval(ascii(s)) == s
assert ("x" * 70000).count("x") == 70000 and ("ab" * 70000).count("b") == 70000
assert repr("a\x7f\xa0\xad'") == '"a\\x7f\\xa0\\xad\'"' and repr("\t ~\\") == "'\\t ~\\\\'"

# repr of bytes: what stands for itself, what has a letter, quotes
for n in range(40):
    data = bytes(b"ab'\"\\\n\r\t\0\x7f\x80\xff~ "[i * i % (n + 1) % 14] for i in range(n))
    plain = data.replace(b'"', b"").replace(b"'", b"")
    quote = '"' if b"'" in data and b'"' not in data else "'"
    text = "".join({9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\"}.get(c)
                   or ("\\" + chr(c) if chr(c) == quote else
                   chr(c) if 32 <= c < 127 else f"\\x{c:02x}") for c in data)
    assert repr(data) == f"b{quote}{text}{quote}" and eval(repr(bytearray(data))) == data
    assert repr(plain) == repr(bytearray(plain))[10:-1] and str(plain) == repr(plain)
assert (repr(bytearray(b"'")) == "bytearray(b\"\\'\")" and repr(bytearray(b"'\""))
        == "bytearray(b'\\'\"')")

class Été(bytearray):
    pass


assert repr(Été(b"'\n")) == "Été(b\"\\'\\n\")" and repr(Été()) == "Été(b'')"


def plain_repr(s):
    """What repr() makes of text, a character at a time."""
    quote = '"' if "'" in s and '"' not in s else "'"
    out = [quote]
    for c in s:
        number = ord(c)
        if c in ("\\", quote):
            out.append("\\" + c)
        elif c in "\t\n\r":
            out.append({"\t": "\\t", "\n": "\\n", "\r": "\\r"}[c])
        elif c.isprintable():
            out.append(c)
        else:
            out.append(f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
                       if number < 65536 else f"\\U{number:08x}")
    return "".join(out) + quote


# repr of text: one character that needs an escape, or does not, at each place of each length
for c in map(chr, [*range(0, 256), 0x100, 0x378, 0x2028, 0xd800, 0xffff, 0x1f600, 0xe0001]):
    for around in "a", "\xe9", "\x80":
        for n in 0, 1, 14, 15, 16, 17, 31, 32, 33, 40:
            for at in {0, n // 2, n}:
                s = around * at + c + around * (n - at)
                r = repr(s)
                assert r == plain_repr(s) and r.isascii() == all(ord(x) < 128 for x in r)
                assert hash(r) == hash(plain_repr(s)) and eval(r) == s
for quotes in "'", '"', "'\"", "''\n", "'\xe9\t\"", "\u6f22'\n", "'\"\u6f22'":
    for n in range(20):
        s = "b" * n + quotes + "c" * 3
        assert repr(s) == plain_repr(s) and eval(repr(s)) == s
        data = s.encode()
        assert eval(repr(data)) == data == eval(repr(bytearray(data)))

# repetition doubles what is there
for n in range(1, 20):
    for unit in (b"a", b"ab", b"abc" * 11, "a", "\xe9", "ab", "a\u0436", "\U0001f600b" * 9, [1],
                 [1, 2, 3], (1, 2, 3)):
        long = unit[:0]
        for _ in range(n):
            long += unit
        assert unit * n == n * unit == long and type(unit * n) is type(unit)
        if type(unit) is bytes:
            assert bytearray(unit) * n == long and unit.center(n, b"-").strip(b"-") == unit

# codecs by their common names
for name in ("latin-1", "latin1", "LATIN-1", "iso-8859-1", "ascii", "ASCII", "us-ascii", "utf-8",
             "UTF-8", "utf8"):
    assert ("abc".encode(name) == b"abc" and b"abc".decode(name) == "abc"
            and str(b"abc", name) == "abc")
assert b"\xff".decode("latin-1") == "\xff"
try:
    b"\xff".decode("ascii")
except UnicodeDecodeError:
    pass
else:
    raise AssertionError

# UTF-8 of words between other characters, whole and cut
for s in texts():
    data = s.encode("utf-8", "surrogatepass")
    assert data.decode() == s and str(data, "utf-8", "ignore") == s
    for cut in range(1, min(9, len(data))):
        part = data[:-cut].decode("utf-8", "replace")
        assert s.startswith(part.rstrip("\ufffd")) and len(part) <= len(s)
for bad in (b"\xc2", b"a\xc3a", b"\xc1\x80", b"\xdf\xc0", b"ab\xc3\xa9\x80", b"\xe2\x82"):
    assert ("\ufffd" in bad.decode("utf-8", "replace") and b"x" * 9
            + bad not in (bad.decode("latin-1"),))
    try:
        bad.decode()
    except UnicodeDecodeError as e:
        assert e.object == bad and bad[:e.start].decode() == bad[:e.start].decode("utf-8", "ignore")
    else:
        raise AssertionError(bad)


# translate: to one character, to none, to several, to wide ones, through dicts and what is like
# them
class Lookup:
    def __getitem__(self, c):
        if c % 3:
            raise LookupError
        return chr(c + 1)


tables = ({97: 98}, {97: None}, {97: "xyz", 98: 0xe9}, {97: 0x20ac, 0xe9: "e"}, {},
          str.maketrans("ab", "ba"), Lookup())
for s in texts():
    for table in tables:
        wanted = ""
        for c in s:
            try:
                r = table[ord(c)]
            except LookupError:
                r = c
            wanted += "" if r is None else chr(r) if isinstance(r, int) else r
        got = s.translate(table)
        assert got == wanted and got.isascii() == wanted.isascii() and hash(got) == hash(wanted)
for n in (0, 1, 255, 256, 257, 600):
    assert (("ab" * n).translate({97: "b", 98: 97}) == "ba" * n
            and ("ab" * n + "é").translate({98: None}) == "a" * n + "é")
    data, swap = b"ab\xff" * n, bytes.maketrans(b"ab", b"ba")
    for kind in bytes, bytearray:
        assert (kind(data).translate(swap) == b"ba\xff" * n
                and type(kind(data).translate(swap)) is kind)
        assert (kind(data).translate(None) == data and kind(data).translate(swap, b"b")
                == b"b\xff" * n)
    assert bytearray(data).translate(None) is not data and data.translate(None) == data

# bytes from items
class Index:
    def __index__(self):
        return 7


assert (bytes([0, 255, 7]) == b"\x00\xff\x07" and bytes((True, Index())) == b"\1\7"
        and bytearray([1]) == b"\1")
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
    assert (base64.encodebytes(data).replace(b"\n", b"") == text
            and base64.decodebytes(base64.encodebytes(data)) == data)
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
assert (sum([0.5, 1j]) == 0.5 + 1j and sum([1.0, True]) == 2.0
        and sum([0.1] * 10) == 0.9999999999999999)
assert (str(sum([-0.0], -0.0)) == "-0.0" and sum([1e308, 1e308]) == float("inf")
        and sum([], 1.5) == 1.5)


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
    wanted = tuple(e for e in ("\r", "\n", "\r\n") if e in (text.replace("\r\n", "") if len(e) == 1
                                                            else text))
    assert f.newlines in (wanted, wanted[0] if len(wanted) == 1 else None), (
        text, f.newlines, wanted)

for text in ("\r", "\r\r\n", "a\r\nb\nc\r", "\n\r", "é\r\n", "€\r\n\n"):
    for size in (1, 2, 3, 100):
        f = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
        f._CHUNK_SIZE = size
        assert list(f) == text.replace("\r\n", "\n").replace("\r", "\n").splitlines(True)
        ends = {"\r\n": "\r\n" in text, "\r": "\r" in text.replace("\r\n", ""),
                "\n": "\n" in text.replace("\r\n", "")}
        found = f.newlines if isinstance(f.newlines, tuple) else (f.newlines,)
        assert set(found) == {e for e in ends if ends[e]}, (text, found)

# sets from lists and tuples that change meanwhile
class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        while len(shrinking) > 3:
            shrinking.pop()
        if self.n == 1:
            shrinking.append(Key(9))
        return self.n

    def __eq__(self, other):
        return self.n == other.n


shrinking = []
shrinking += map(Key, range(6))
assert sorted(k.n for k in set(shrinking)) == [0, 1, 2]
for bad in ([1, []], (1, {})):
    s = {5}
    try:
        s.update(bad)
    except TypeError:
        assert s == {1, 5}
    else:
        raise AssertionError

# dicts
nan = float("nan")
assert {1: nan} == {1: nan} and {1: nan} != {1: float("nan")} and {1: 2, 3: "a"} == {3: "a", 1: 2}
assert {1: 2} != {1: 3} and {1: [1]} == {1: [1]}

# UTF-8 of wide characters, and back
wide = [chr(c) for c in (0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0x3042, 0xd7ff, 0xe000, 0xffff,
                         0x10000, 0x10ffff)]


def utf8(c):
    n = ord(c)
    if n < 0x80:
        return bytes([n])
    if n < 0x800:
        return bytes([0xc0 | n >> 6, 0x80 | n & 63])
    if n < 0x10000:
        return bytes([0xe0 | n >> 12, 0x80 | n >> 6 & 63, 0x80 | n & 63])
    return bytes([0xf0 | n >> 18, 0x80 | n >> 12 & 63, 0x80 | n >> 6 & 63, 0x80 | n & 63])


for a in wide:
    for b in wide:
        for text in (a + b, a * 9 + b, b + "x" * 7 + a, a + "\u3042" * 20 + b, "y" * 33 + a + b):
            data = b"".join(map(utf8, text))
            assert (text.encode() == data and data.decode() == text
                    and bytearray(data).decode() == text)
            assert (str(data, "utf-8") == text
                    and memoryview(data).tobytes().decode(errors="strict") == text)
assert ("\u3042\ud800\u3042".encode("utf-8", "surrogatepass")
        == b"\xe3\x81\x82\xed\xa0\x80\xe3\x81\x82")
assert "\u3042\udc80".encode("utf-8", "surrogateescape") == b"\xe3\x81\x82\x80"
for text in ("\u3042\ud800", "\udfff\u3042", "\ud7ff\udc00\ue000"):
    try:
        text.encode()
    except UnicodeEncodeError as e:
        assert e.encoding == "utf-8" and e.end - e.start == 1
    else:
        raise AssertionError
for data in (b"\xff", b"abc" * 20 + b"\xe3\x81", b"\xed\xa0\x80", b"a" * 31 + b"\x80"):
    try:
        data.decode()
    except UnicodeDecodeError as e:
        assert e.encoding == "utf-8" and data.decode(errors="replace").count("\ufffd") >= 1
    else:
        raise AssertionError
assert (b"".decode() == "" and b"a".decode() == "a" and b"\xc3\xa9".decode() == "\xe9"
        and b"\0".decode() == "\0")

# bytes as text, and joined
assert (repr(b"a'b") == '''b"a'b"''' and repr(b"a'\"") == r"""b'a\'"'""" and repr(b"\\") == r"b'\\'"
        and repr(b"") == "b''")
assert repr(b"plain \x00\t\n\r\x1f ~\x7f\xff plain") == r"b'plain \x00\t\n\r\x1f ~\x7f\xff plain'"
assert (repr(bytearray(b"a\"'b")) == r"""bytearray(b'a"\'b')"""
        and repr(bytearray(b"it's")) == "bytearray(b\"it\\'s\")")


class Some(bytes):
    def __add__(self, other):
        return "mine"


empty, one = b"", bytes(b"ab")
assert (one + empty is one and empty + one is one and one + b"c" == b"abc"
        and len(bytes(300) + bytes(5)) == 305)
assert (Some(b"a") + b"b" == "mine" and b"b" + Some(b"a") == b"ba"
        and type(b"" + Some(b"a")) is bytes)
assert (type(b"a" + bytearray(b"b")) is bytes and type(bytearray(b"a") + b"b") is bytearray
        and b"a" + memoryview(b"b") == b"ab")
for bad in ("c", 1, None, [1]):
    try:
        b"a" + bad
    except TypeError:
        pass
    else:
        raise AssertionError

# sets from what they hold already, and from more
for n in (0, 1, 5, 100, 1000):
    for m in (0, 3, 100, 1001):
        s = set(range(n))
        t = s.union(list(range(m)), tuple(range(m)), range(m), (str(i) for i in range(m)))
        assert len(t) == max(n, m) + m and s == set(range(n)) and t >= s
        s.update(range(m), [f"{i}" for i in range(m)])
        assert s == t
print("ok")

# pieces from the right are those from the left, but for limits and separators that overlap
for s in ("", " ", "a", " a  b c ", "a,b,,c,", ",", "aaaa", "xaaay", "\xe9 \u0436\u3000x",
          "aé,é" * 9):
    for form in s, s.encode(), bytearray(s.encode()):
        text = (lambda x: x) if form is s else str.encode
        for sep in None, text(","), text("a"), text("é" if form is s else "b"):
            assert (form.rsplit(sep) == form.split(sep) == form.rsplit(sep, -1)
                    == form.rsplit(sep, 99))
            for limit in range(4):
                tail = form.rsplit(sep, limit)
                assert len(tail) <= limit + 1 and (limit == 0 or not form.split(sep)
                                                   or tail[-1] == form.split(sep)[-1])
assert ("aaa".rsplit("aa") == ["a", ""] and "aaa".split("aa") == ["", "a"]
        and b"aaaaa".rsplit(b"aa") == [b"a", b"", b""])
