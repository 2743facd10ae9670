"""Sums, products, quantize and format of decimals of up to 40 digits agree with the same in Python:
value, exponent, sign and flags, in all roundings, at small precisions and near the limits of the
exponent."""
import decimal as c
import random
import _pydecimal as p

assert c.Decimal is not p.Decimal
rnd = random.Random(11)
ROUNDINGS = [getattr(c, name) for name in dir(c) if name.startswith("ROUND_")]
SIGNALS = "Inexact Rounded Subnormal Underflow Overflow Clamped InvalidOperation DivisionByZero".split()


def number():
    digits = rnd.choice((1, 2, 5, 17, 18, 19, 20, 27, 28, 29, 37, 38, 39, 40))
    text = rnd.choice(("9" * digits, "1" + "0" * (digits - 1),
                       "".join(rnd.choice("0123456789") for _ in range(digits)),
                       "5" * digits, "4" + "9" * (digits - 1),
                       rnd.choice("123456789") + "5" + "0" * (digits - 1)))
    return rnd.choice(("", "-")) + text + "E" + str(rnd.choice((0, -2, -digits,
                                                                rnd.randrange(-30, 30))))


def contexts():
    prec, rounding = rnd.choice((1, 3, 9, 19, 20, 28, 37, 38, 39, 60)), rnd.choice(ROUNDINGS)
    emax = rnd.choice((999999, 999999, 40))
    clamp = rnd.choice((0, 0, 0, 1))
    return [m.Context(prec=prec, rounding=rounding, Emax=emax, Emin=-emax, clamp=clamp, traps=[])
            for m in (c, p)]


def flags(m, context):
    return [name for name in SIGNALS if context.flags[getattr(m, name)]]


OPERATIONS = {
    "add": lambda a, b, x: x.add(a, b),
    "subtract": lambda a, b, x: x.subtract(a, b),
    "multiply": lambda a, b, x: x.multiply(a, b),
    "quantize": lambda a, b, x: a.quantize(b, context=x),
}
for i in range(6000):
    a, b = number(), number()
    for name, operation in OPERATIONS.items():
        found = []
        for m, context in zip((c, p), contexts_pair := contexts()):
            result = operation(m.Decimal(a), m.Decimal(b), context)
            found.append((result.as_tuple(), flags(m, context)))
        assert found[0] == found[1], (name, a, b, contexts_pair, found)
    spec = rnd.choice((",.2f", ".2f", ".0f", ",.0f", ".9f", ",.3f", ".1f"))
    rounding = rnd.choice(ROUNDINGS)
    texts = []
    for m in c, p:
        with m.localcontext() as context:
            context.rounding = rounding
            texts.append(format(m.Decimal(a), spec))
    assert texts[0] == texts[1], (spec, rounding, a, texts)

# operators take ints, and the thread's context
with c.localcontext(c.Context(prec=5)) as context:
    x = c.Decimal("123.45")
    assert [str(y) for y in (x + 1, 1 - x, x * 3, 3 * x, x + 10**30, x * -(10**6))] == [
        "124.45", "-122.45", "370.35", "370.35", "1.0000E+30", "-1.2345E+8"]
    assert str(x * c.Decimal("1.00001")) == "123.45" and context.flags[c.Inexact]
    context.traps[c.Inexact] = True
    for operation in (lambda: x * c.Decimal("1.00001"), lambda: x + c.Decimal("0.000001"),
                      lambda: x.quantize(c.Decimal("0.1")), lambda: x * 10**30 + 1):
        try:
            operation()
        except c.Inexact:
            pass
        else:
            raise AssertionError
    assert str(x.quantize(c.Decimal("1.00"))) == "123.45"
for mode in ROUNDINGS:
    assert (c.Decimal("2.5").quantize(c.Decimal(1), "".join(list(mode)))
            == c.Decimal("2.5").quantize(c.Decimal(1), mode))
try:
    c.Decimal(1).quantize(c.Decimal(1), "ROUND_NOWHERE")
except TypeError:
    pass
else:
    raise AssertionError
assert (f"{c.Decimal('-0.001'):.2f}" == "-0.00" and f"{c.Decimal('1234567.895'):,.2f}"
        == "1,234,567.90")
assert f"{c.Decimal('0'):.2f}" == "0.00" and f"{c.Decimal('1E+5'):,.1f}" == "100,000.0"
print("ok")
