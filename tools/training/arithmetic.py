"""Integers of all sizes, floats, decimals, fractions."""
import cmath
import decimal
import fractions
import math
import statistics


def integers():
    sieve = bytearray([1]) * 3000
    for i in range(2, 55):
        if sieve[i]:
            sieve[i * i::i] = bytes(len(range(i * i, 3000, i)))
    total = 0
    for i in range(1, 1500):
        n = i
        while n != 1 and n < 100000:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            total += 1
        total ^= (i << 3) & 0xFFFF | i >> 2
        if i % 15 == 0 and not total & 1:
            total -= ~i
    return sum(sieve), total, math.gcd(total, 360), math.isqrt(total)


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def large():
    n = 1
    for i in range(1, 120):
        n *= i
    text = str(n)
    power = pow(3, 200, 10**40 + 7)
    return (int(text) == n, n // 10**100 % 997, n.bit_length(), divmod(n, 10**50 + 1)[1] & 0xFFFF,
            power, n >> 300, hex(n)[-5:])


def floats():
    x, v, total = 1.0, 0.0, 0.0
    for i in range(2000):
        a = -x * 4.0 - 0.1 * v
        v += a * 0.01
        x += v * 0.01
        if x > 0.5 and not v < -1.5:
            total += math.sqrt(x * x + v * v) / (1.0 + i)
        total -= abs(a) ** 0.5 * 1e-3
    z = complex(x, v)
    return (round(total, 6), math.sin(x) + math.floor(v), int(total * 100), repr(x),
            float(repr(x)) == x, abs(cmath.exp(z * 1j)))


def matrices():
    n = 14
    a = [[(i * j) % 7 + 0.5 for j in range(n)] for i in range(n)]
    b = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i][k] * a[k][j]
            b[i][j] = s
    return sum(map(sum, b))


def exact():
    total = decimal.Decimal(0)
    for i in range(1, 120):
        total += (decimal.Decimal(i) / 7).quantize(decimal.Decimal("0.01"))
        total *= decimal.Decimal("1.0005")
    third = sum(fractions.Fraction(1, i) for i in range(1, 25))
    return (str(total), f"{total:.3f}", third, statistics.mean([1, 2, 4]),
            third.limit_denominator(100))


def run():
    for _ in range(200):
        integers(), fibonacci(16), large(), floats(), matrices(), exact()


run()
