"""Arithmetic and comparison of ints around one, two and three words of 64 bits, signs and
subclasses in every combination: by what must hold, and by numbers of the same kind some words
further up."""
import operator

WORDS = 0, 1, 2, 3, 7, 10**9
BITS = 0, 5, 61, 62, 63, 64, 65, 100, 126, 127, 128, 129, 190
NUMBERS = sorted({sign * (2**bits + d) for bits in BITS
                  for d in (-2, -1, 0, 1, 2, 12345) for sign in (-1, 1)}
                 | {s * w for s in (-1, 1) for w in WORDS} | {True, False}
                 | {10**18, -10**19, 3**50, -(3**79), 10**38, -10**39})


class Sub(int):
    def __add__(self, other):
        return int(self) + other


def schoolbook(a, b):
    """divmod of natural numbers bit by bit, without division."""
    q = r = 0
    for bit in reversed(range(a.bit_length())):
        r = r << 1 | a >> bit & 1
        q <<= 1
        if r >= b:
            r -= b
            q |= 1
    return q, r


HIGH = 1 << 400
for i, a in enumerate(NUMBERS):
    assert type(-a) is type(+a) is type(~a) is int and -a + a == 0 and -(-a) == a
    assert ~a == -a - 1 and hash(~a) == hash(-a - 1)
    assert a == 0 or str(-a) == ("-" + str(+a)).replace("--", "")
    assert Sub(a) + 1 == a + 1 and type(-Sub(a)) is int and ~Sub(a) == ~a and -Sub(a) == -a
    for k, b in enumerate(NUMBERS):
        # the same with three words more goes another way
        assert a + b == (a + HIGH) + b - HIGH == b + a
        assert a - b == (a + HIGH) - (b + HIGH) == -(b - a)
        assert Sub(a) - b == a - Sub(b) == a - b and type(a - b) is type(Sub(a) - Sub(b)) is int
        for compare in operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge:
            assert compare(a, b) is compare(i, k) is compare(a + HIGH, b + HIGH)
            assert compare(Sub(a), b) is compare(i, k)
        assert (hash(a) == hash(b)) >= (a == b)
        if b == 0:
            for divide, text in ((operator.floordiv, "integer division or modulo by zero"),
                                 (operator.mod, "integer modulo by zero"),
                                 (divmod, "integer division or modulo by zero")):
                try:
                    divide(a, b)
                except ZeroDivisionError as e:
                    assert str(e) == text, (e, text)
                else:
                    raise AssertionError(a)
            continue
        q, r = divmod(a, b)
        assert (a // b, a % b) == (q, r) and q * b + r == a and type(q) is type(r) is int
        assert 0 <= r < b or b < r <= 0
        assert a // Sub(b) == q == Sub(a) // b and Sub(a) % Sub(b) == r
        assert (a * HIGH) // (b * HIGH) == q and (a * HIGH) % (b * HIGH) == r * HIGH
        if a > 0 and b > 0 and (i + k) % 7 == 0:
            assert (q, r) == schoolbook(a, b)
        # what fits a word is found as the key it is
        assert {a - b: 1}[a - b] == 1 and (a - b in range(a - b, a - b + 1))

# text in each base, and back
for base in range(2, 37):
    for a in NUMBERS + [3**200, -(7**300)]:
        digits, rest = "", abs(a)
        while rest or not digits:
            rest, d = divmod(rest, base)
            digits = "0123456789abcdefghijklmnopqrstuvwxyz"[d] + digits
        sign = "-" if a < 0 else ""
        for text in digits, digits.upper(), "000" + digits, "_".join(digits):
            assert int(sign + text, base) == int(f" {sign}{text}\n".encode(), base) == a
for bad in "", "_1", "1_", "1__2", "12g", "1 2", "\xb2", "1\0", "0x_", "@", "[", "`", "{", ":", "/":
    for base in 0, 2, 16:
        try:
            int(bad, base)
        except ValueError:
            continue
        raise AssertionError(bad)
