"""Floats in the formats e and g have the digits that exact arithmetic rounds to."""
import decimal
import random

random.seed(5)


def slow_e(x, precision):
    if x == 0:
        sign, digits, exponent = 0, (0,) * (precision + 1), 0
    else:
        exact = decimal.Decimal(x)
        context = decimal.Context(prec=precision + 1, rounding=decimal.ROUND_HALF_EVEN, Emin=-999,
                                  Emax=999)
        rounded = context.create_decimal(exact)
        sign, digits, e = rounded.as_tuple()
        exponent = e + len(digits) - 1
        digits += (0,) * (precision + 1 - len(digits))
    point = "." if precision else ""
    return "-" * sign + str(digits[0]) + point + "".join(map(str, digits[1:])) + "e%+03d" % exponent


def slow_g(x, precision, alternate):
    precision = precision or 1
    text, exponent = slow_e(x, precision - 1).split("e")
    sign, digits, exponent = "-" * (text[0] == "-"), text.strip("-").replace(".", ""), int(exponent)
    if exponent < -4 or exponent >= precision:
        head, tail, end = digits[0], digits[1:], "e%+03d" % exponent
    elif exponent < 0:
        head, tail, end = "0", "0" * (-exponent - 1) + digits, ""
    else:
        head, tail, end = digits[:exponent + 1], digits[exponent + 1:], ""
    tail = tail if alternate else tail.rstrip("0")
    return sign + head + ("." if tail or alternate else "") + tail + end


floats = [0.0, 1.0, 0.1, 9.5, 99.5, 0.95, 9.995, 2.5, 0.5, 1e15, 1e16, 123456789012345.6, 5e-324,
          1e-310, 2.2250738585072014e-308,
          1.7976931348623157e308, 1e22, 1e23, 3.14159, 100.0, 1e-4, 1e-5, 999999.5, 0.00012345,
          1.5e300, 8.5, 10.5]
floats += [random.uniform(0, 10) ** random.randrange(-300, 300, 37) for _ in range(60)]
floats += [round(random.uniform(0, 1000), random.randrange(5)) for _ in range(60)]
for x in floats:
    for precision in (0, 1, 2, 3, 5, 6, 9, 13, 14, 15, 16, 17, 20):
        e, g = slow_e(x, precision), slow_g(x, precision, False)
        assert "%.*e" % (precision, x) == f"{x:.{precision}e}" == e, (x, precision)
        assert "%.*g" % (precision, x) == f"{x:.{precision}g}" == g, (x, precision)
        assert "%#.*G" % (precision, x) == slow_g(x, precision, True).upper(), (x, precision)
        if precision:
            assert "%#.*E" % (precision, -x or -1.0) == "-" + slow_e(x or 1.0, precision).upper()
print("ok")
