"""Text that is looked at several characters at a time gives what a look at each one gives."""
import binascii
import random
import re

random.seed(5)
BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def any_text(letters, length, plain=0.0):
    return "".join("x" if random.random() < plain else random.choice(letters)
                   for _ in range(random.randrange(length)))


def slow_lines(s, keep, breaks):
    lines, line, i = [], "", 0
    while i < len(s):
        if s[i] not in breaks:
            line += s[i]
            i += 1
            continue
        end = "\r\n" if s[i:i + 2] == "\r\n" else s[i]
        lines.append(line + end if keep else line)
        line = ""
        i += len(end)
    return lines + [line] if line else lines


for letters in ("ab\t\n\r\x0b\x1f\x1b", "ab\x85\x84\n\xe9\xff\x9f\x1e", "a\u0436\u2028\n",
                "\U0001f600a\r\n\u2029"):
    for _ in range(400):
        s = any_text(letters, 40, 0.6)
        for keep in False, True:
            assert s.splitlines(keep) == slow_lines(s, keep, BREAKS), (s, keep)
            if max(s, default="") < "\u0100":
                data = s.encode("latin-1")
                wanted = [line.encode("latin-1") for line in slow_lines(s, keep, "\n\r")]
                assert (data.splitlines(keep) == wanted
                        and bytearray(data).splitlines(keep) == wanted)
        assert s.split() == re.findall(r"\S+", s)
        for c in "ab\xe9\u0436\n\U0001f600\U00010061":
            assert s.find(c) == next((i for i in range(len(s)) if s[i] == c), -1)


def slow_replace(s, old, new, most):
    most = 10**9 if most < 0 else most
    out, i = "", 0
    if not old:
        for k, c in enumerate(s):
            out += (new if k < most else "") + c
        return out + (new if len(s) < most else "")
    while i < len(s):
        if most > 0 and s.startswith(old, i):
            out += new
            i += len(old)
            most -= 1
        else:
            out += s[i]
            i += 1
    return out


for _ in range(2000):
    letters = random.choice(["ab", "abc\xe9", "ab\u0436", "a\U0001f600\u0436b"])
    s, old, new = any_text(letters, 250), any_text(letters, 5), any_text(letters + "xyz\u0447", 4)
    most = random.choice([-1, -1, 0, 1, 3, 63, 64, 65, 100])
    wanted = slow_replace(s, old, new, most)
    assert s.replace(old, new, most) == wanted, (s, old, new, most)
    if max(s + old + new, default="") < "\u0100":
        args = old.encode("latin-1"), new.encode("latin-1"), most
        for kind in bytes, bytearray:
            assert kind(s.encode("latin-1")).replace(*args) == wanted.encode("latin-1")

# hexadecimal digits
for n in range(40):
    data = bytes(random.randrange(256) for _ in range(n))
    text = data.hex()
    for digits in text, text.upper():
        assert (bytes.fromhex(digits) == bytearray.fromhex(digits) == binascii.unhexlify(digits)
                == data)
    assert (bytes.fromhex(" " + data.hex(" ") + "\n\t") == data
            and bytes.fromhex(data.hex(" ", 9)) == data)
    for bad in "g/:@`G\0\x7f\x80\xe9\u0661~":
        for k in range(0, len(text), 3):
            digits = text[:k] + bad + text[k + 1:]
            try:
                bytes.fromhex(digits)
            except ValueError as e:
                assert str(e) == f"non-hexadecimal number found in fromhex() arg at position {k}", (
                    digits, e)
            else:
                raise AssertionError(digits)
            try:
                binascii.unhexlify(digits)
            except (binascii.Error, ValueError) as e:
                assert type(e) is ValueError or str(e) == "Non-hexadecimal digit found"
            else:
                raise AssertionError(digits)


# UTF-16 and UTF-32
def slow_units(s, name):
    size, order = (2 if "16" in name else 4), ("big" if name.endswith("be") else "little")
    out = b"" if name[-2:] in ("le", "be") else (0xfeff).to_bytes(size, order)
    for c in map(ord, s):
        if size == 2 and c > 0xffff:
            c -= 0x10000
            out += (0xd800 + (c >> 10)).to_bytes(2, order)
            c = 0xdc00 + (c & 0x3ff)
        out += c.to_bytes(size, order)
    return out


for _ in range(300):
    s = any_text(random.choice(["ab", "a\xe9", "a\u0436\ud800", "a\U0001f600\u0436",
                                "\udc00a\U00010000"]), 20, 0.5)
    first = next((i for i, c in enumerate(s) if "\ud800" <= c <= "\udfff"), None)
    clean = re.sub("[\ud800-\udfff]", "?", s)
    for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        assert s.encode(name, "surrogatepass") == slow_units(s, name)
        assert s.encode(name, "replace") == clean.encode(name) == slow_units(clean, name)
        try:
            s.encode(name)
        except UnicodeEncodeError as e:
            assert e.start == first
        else:
            assert first is None

# and back, in runs of plain characters of any length between others, with bad units at any place
for n in [*range(0, 40), 127, 128, 129, 255, 256, 257, 300]:
    for letters in "ab", "a\xe9", "a\u0436", "a\U0001f600\u0436", "\uffff\U00010000":
        s = "".join(letters[i * i % 7 % len(letters)] for i in range(n))
        for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
            data = s.encode(name)
            assert data == bytes(slow_units(s, name)) and data.decode(name) == s
            assert str(memoryview(b"-" + data)[1:], name) == s
            bad = "\udc80".encode(name, "surrogatepass")[-2 if "16" in name else -4:]
            rest = data[len("".encode(name)):]
            assert (data + bad + rest).decode(name, "replace") == s + "\ufffd" + s
            try:
                (data + bad).decode(name)
            except UnicodeDecodeError as e:
                assert e.start == len(data) and e.end <= len(data) + len(bad)
            else:
                raise AssertionError

# widths: what is joined, cut and narrowed
for a in "a", "\xe9", "\u0436", "\U0001f600":
    for b in "b", "\xfe", "\u0447", "\U0001f601":
        for n in range(30):
            s = a * n + b
            assert s[:n] == a * n and s[n:] == b and hash(s[:n]) == hash(a * n) and (b + s)[1:] == s
            assert s[:n].isascii() == (a == "a" or n == 0) and [a] * n + [b] == list(s)
            assert ",".join([a * n, b]).split(",") == [a * n, b]

# spaces around numbers: of ASCII those of C only
for text, value in (("\u0661\u0662", 12), (" \t12\n\v", 12), ("\u200712\u2003\x85", 12),
                    ("1_0", 10), ("1" * 40, 10**40 // 9)):
    assert int(text) == value and float(text) == float(value) and complex(text) == float(value)
for text in ("1\0", "\x001", "1\x7f", "1\1", "\xb2", "12\x1c", "\x1f12", "\x1c\u0661",
             "1" * 40 + "\0"):
    for kind in int, float, complex:
        try:
            kind(text)
        except ValueError:
            pass
        else:
            raise AssertionError((kind, text))
print("ok")
