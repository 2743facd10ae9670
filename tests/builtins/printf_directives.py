"""Integers formatted by % with each type, flag, width and precision, for str and bytes, against the
same put together by hand."""
NUMBERS = [0, 1, -1, 7, 8, -9, 255, -256, 2**62 - 1, 2**62, -2**62, -2**62 - 1, 2**63, -2**63,
           10**30, -10**30, True]
DIGITS = {"d": "d", "i": "d", "u": "d", "o": "o", "x": "x", "X": "X"}


class Index:
    def __index__(self):
        return 0x2A


class Int:
    def __int__(self):
        return -42


def by_hand(v, flags, width, precision, conv):
    body = format(abs(v), DIGITS[conv])
    if precision is not None:
        body = body.rjust(precision, "0")
    head = "-" if v < 0 else "+" if "+" in flags else " " if " " in flags else ""
    if "#" in flags and conv in "oxX":
        head += "0" + conv
    if "-" in flags:
        return (head + body).ljust(width)
    return head + body.rjust(width - len(head), "0") if "0" in flags else (head + body).rjust(width)


for conv in DIGITS:
    for flags in "", "-", "+", " ", "#", "0", "+0", "-#", "# 0", "-0", "+-#":
        for width in 0, 4, 30, 100:
            for precision in None, 0, 3, 40:
                for v in NUMBERS:
                    text = by_hand(v, flags, width, precision, conv)
                    f = f"%{flags}{width or ''}{'' if precision is None else f'.{precision}'}{conv}"
                    assert f % v == text, (f, v)
                    assert f.encode() % v == text.encode() and bytearray(f.encode()) % v == text.encode()
                    assert ("ö" + f + "%s") % (v, "é") == "ö" + text + "é"
assert "%x %d" % (Index(), Int()) == "2a -42"
assert b"%x%%%c%s|%b|%r" % (Index(), 65, b"s" * 200, bytearray(b"b"), "é") \
    == b"2a%A" + b"s" * 200 + b"|b|'\\xe9'"
assert b"%s" % b"s" * 3 == b"sss" and type(bytearray(b"%s") % b"s") is bytearray
assert ("%s" * 50 % tuple(range(50))).encode() == b"%d" * 50 % tuple(range(50))


def message(f, v):
    try:
        f % v
    except (TypeError, ValueError, OverflowError) as e:
        return str(e)
    raise AssertionError(f)


assert message("%x", 1.5) == "%x format: an integer is required, not float"
assert message("%i", "a") == "%i format: a real number is required, not str"
assert message(b"%i", "a") == "%d format: a real number is required, not str"
assert message(b"%u", b"a") == "%u format: a real number is required, not bytes"
assert message("%x", ()) == message(b"%s%s", b"a") == "not enough arguments for format string"
assert message("%b", 1) == "unsupported format character 'b' (0x62) at index 1"
assert message("%", 1) == message(b"a%5", 1) == "incomplete format"
