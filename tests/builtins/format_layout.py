"""Numbers laid out by format specs: sign, prefix, fill, width and alignment in every combination,
short and long, against the same put together by hand."""


def by_hand(sign, prefix, body, fill, align, width):
    missing = max(0, width - len(sign + prefix + body))
    if align == "=":
        return sign + prefix + fill * missing + body
    left = {"<": 0, ">": missing, "^": missing // 2}[align]
    return fill * left + sign + prefix + body + fill * (missing - left)


NUMBERS = 0, 1, 7, 255, 10**9, 2**60, 2**61 - 1, 2**62, 2**63, 2**64 - 1, 2**64, 2**130 + 5, 10**120
DIGITS = {"x": (16, "0x"), "o": (8, "0o"), "b": (2, "0b"), "X": (16, "0X"), "d": (10, "")}


def digits(n, base):
    out = ""
    while n or not out:
        n, d = divmod(n, base)
        out = "0123456789abcdef"[d] + out
    return out


for number in NUMBERS:
    for code, (base, prefix) in DIGITS.items():
        body = digits(number, base)
        body = body.upper() if code == "X" else body
        for n, minus in ((number, ""), (-number, "-" if number else "")):
            for sign, plus in (("", ""), ("+", "+"), (" ", " "), ("-", "")):
                shown = minus or plus
                for alternate in "", "#":
                    front = prefix if alternate else ""
                    assert format(n, sign + alternate + code) == shown + front + body
                    for width in 0, 1, 5, 19, 127, 128, 129, 200:
                        if width:
                            assert (format(n, f"{sign}{alternate}0{width}{code}")
                                    == by_hand(shown, front, body, "0", "=", width))
                        for fill in " ", "*", "0", "\xe9", "\u6f22":
                            for align in "<>^=":
                                if width > 5 and fill in "0\xe9" and align != "=":
                                    continue
                                spec = f"{fill}{align}{sign}{alternate}{width or ''}{code}"
                                r = format(n, spec)
                                assert r == by_hand(shown, front, body, fill, align, width), spec
                                assert r.isascii() == all(ord(c) < 128 for c in r)
        if code not in "db":
            assert f"%{code}" % number == body and f"%#{code}" % number == prefix + body
            assert number == 0 or f"%{code}" % -number == "-" + body

for x, body in ((1.5, "1.50"), (0.0, "0.00"), (1e20, "1" + "0" * 20 + ".00"), (float("inf"), "inf"),
                (float("nan"), "nan"), (1e126, f"{1e126:.2f}")):
    for sign, plus in (("", ""), ("+", "+"), (" ", " "), ("-", "")):
        for fill in " ", "0", "\u6f22":
            for align in "<>^=":
                for width in 0, 4, 9, 127, 128, 129:
                    spec = f"{fill}{align}{sign}{width or ''}.2f"
                    assert format(x, spec) == by_hand(plus, "", body, fill, align, width), spec
                    if body != "nan":
                        assert format(-x, spec) == by_hand("-", "", body, fill, align, width), spec
assert f"{1234567:,}" == "1,234,567" and f"{1234567:012,}" == "0,001,234,567"
assert f"{255:_x}" == "ff"
assert f"{65536:_x}" == "1_0000" and f"{12345.678:,.1f}" == "12,345.7" and f"{5:n}" == "5"
assert f"{3:e}" == "3.000000e+00" and f"{.5:%}" == "50.000000%" and f"{.5:6.0%}" == "   50%"
