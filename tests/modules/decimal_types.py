"""Decimal and Context as Python objects: construction, text, hash, comparison, pickling,
subclasses, contexts, signals."""
import copy
import math
import numbers
import pickle
import unittest
import weakref
from decimal import (BasicContext, Clamped, Context, Decimal, DecimalException, DecimalTuple,
                     DefaultContext, DivisionByZero,
                     DivisionUndefined, FloatOperation, Inexact, InvalidOperation, Overflow,
                     ROUND_DOWN, ROUND_UP, Rounded,
                     Subnormal, Underflow, getcontext, localcontext, setcontext, MAX_EMAX, MAX_PREC)
from fractions import Fraction

LONG = "123456789" * 30


class DecimalTypes(unittest.TestCase):
    def setUp(self):
        setcontext(Context())

    def test_construction(self):
        for text, expected in ((" 1_0.5 ", "10.5"), ("\t\n1.3E4 \r\n\v\f\x1c", "1.3E+4"),
                               ("-0E5", "-0E+5"), ("sNaN012", "sNaN12"),
                               ("INF", "Infinity"), ("1e400", "1E+400"),
                               ("\u0661\u0662.\u0663", "12.3"), (".5", "0.5"), ("5.", "5"),
                               (LONG, LONG), ("-" + LONG + ".25", "-" + LONG + ".25"),
                               ("1E-7", "1E-7"), ("1E-6", "0.000001"), ("00012", "12")):
            self.assertEqual(str(Decimal(text)), expected)
        for text in ("", "x", "1e", "1.2.3", "+-1", "NaNx", "1\0", "\ud800", "e5", "."):
            self.assertRaises(InvalidOperation, Decimal, text)
        self.assertEqual(str(Decimal((1, (1, 2, 3), -2))), "-1.23")
        self.assertEqual(str(Decimal([0, [5], "N"])), "sNaN5")
        for bad in ((1, 2), (2, (1,), 0), (0, (10,), 0), (0, (1,), "x"), (0, 5, 0), (0, (1,), 1.0)):
            self.assertRaises(ValueError, Decimal, bad)
        self.assertRaises(TypeError, Decimal, None)
        self.assertRaises(TypeError, Decimal, "1", 5)
        self.assertEqual(Decimal(0.1),
                         Decimal("0.1000000000000000055511151231257827021181583404541015625"))
        self.assertEqual(str(Decimal.from_float(-0.0)), "-0")
        self.assertEqual(Decimal(10 ** 100), 10 ** 100)
        self.assertEqual(Context(prec=3).create_decimal("12345"), Decimal("1.23E+4"))
        self.assertRaises(InvalidOperation,
                          Context(prec=3, traps=[InvalidOperation]).create_decimal, "NaN12345")

    def test_numbers(self):
        x = Decimal("2.5")
        self.assertEqual((x + 1, 1 - x, x * 2, 5 / x, 7 // x, 7 % x, divmod(7, x), x ** 2,
                          2 ** Decimal(3), pow(Decimal(2), 5, 7)),
                         (Decimal("3.5"), Decimal("-1.5"), 5, 2, 2, 2, (2, 2), Decimal("6.25"),
                          8, 4))
        self.assertEqual((int(x), float(x), complex(x), round(x), round(x, 0), math.floor(x),
                          math.ceil(x), math.trunc(-x)),
                         (2, 2.5, 2.5 + 0j, 2, Decimal(2), 2, 3, -2))
        self.assertRaises(TypeError, lambda: x + 1.0)
        self.assertIsInstance(x, numbers.Number)
        self.assertEqual(x.as_integer_ratio(), (5, 2))
        self.assertEqual(Decimal("1E+30").as_integer_ratio(), (10 ** 30, 1))
        self.assertEqual(x.as_tuple(), DecimalTuple(0, (2, 5), -1))
        self.assertEqual(len(Decimal(LONG).as_tuple().digits), len(LONG))
        self.assertEqual(Decimal(LONG) * Decimal(LONG), Decimal(int(LONG) ** 2) * 1)
        self.assertEqual((x.real, x.imag, x.conjugate(), x.radix()), (x, 0, x, 10))

    def test_compare_and_hash(self):
        for d, other in (("1", 1), ("1.00", 1), ("0.5", 0.5), ("-0", 0), ("1E+20", 10 ** 20),
                         ("0.25", Fraction(1, 4)), ("inf", math.inf),
                         (LONG, int(LONG)), ("-" + LONG, -int(LONG)),
                         ("1E-30", Fraction(1, 10 ** 30))):
            self.assertEqual(Decimal(d), other)
            self.assertEqual(hash(Decimal(d)), hash(other))
        self.assertTrue(Decimal(1) < Fraction(3, 2) < Decimal(2) and Decimal("0.1") < 0.1
                        and 1 < Decimal("1.5") < 2.5)
        self.assertEqual(Decimal(1), 1 + 0j)
        self.assertNotEqual(Decimal("NaN"), Decimal("NaN"))
        self.assertNotEqual(Decimal(1), "1")
        self.assertRaises(InvalidOperation, lambda: Decimal("NaN") < 1)
        self.assertRaises(InvalidOperation, lambda: Decimal("sNaN") == 1)
        self.assertRaises(TypeError, hash, Decimal("sNaN"))
        self.assertRaises(TypeError, lambda: Decimal(1) < "1")

    def test_format(self):
        x = Decimal("-1234567.891")
        for spec, expected in (("", "-1234567.891"), (",.2f", "-1,234,567.89"),
                               ("e", "-1.234567891e+6"), (".3E", "-1.235E+6"),
                               (".2%", "-123456789.10%"),
                               ("*^20.1f", "*****-1234567.9*****"),
                               ("020,.1f", "-0,000,001,234,567.9"), ("<15", "-1234567.891   "),
                               ("=+15", "-   1234567.891"), (".4g", "-1.235e+6"),
                               ("\u00e9>14", "\u00e9\u00e9-1234567.891"), ("n", "-1234567.891")):
            self.assertEqual(format(x, spec), expected, spec)
        self.assertEqual(format(Decimal("-0.001"), "z.2f"), "0.00")
        self.assertEqual(format(Decimal("-inf"), "012"), "   -Infinity")
        self.assertEqual(format(Decimal("0E+3"), "f"), "0")
        for spec in ("x", "_", "zz", "<010", "1.f", "é"):
            self.assertRaises(ValueError, format, x, spec)

    def test_objects(self):
        class Money(Decimal):
            __slots__ = ("currency", "__weakref__")

            def __new__(cls, value, currency):
                self = super().__new__(cls, value)
                self.currency = currency
                return self

        class Plain(Decimal):
            pass
        m = Money(LONG, "EUR")
        self.assertEqual((m.currency, type(m + 1), m, weakref.ref(m)()),
                         ("EUR", Decimal, Decimal(LONG), m))
        p = Plain("1.5")
        p.note = "x"
        self.assertEqual((p.note, p, type(abs(p)), type(Plain(p)), type(Plain.from_float(2.0))),
                         ("x", Decimal("1.5"), Decimal, Plain, Plain))
        for d in (Decimal("1.50"), Decimal("-sNaN5"), Decimal(LONG)):
            self.assertEqual(str(pickle.loads(pickle.dumps(d))), str(d))
            self.assertIs(copy.copy(d), d)
            self.assertIs(copy.deepcopy(d), d)
        c = Context(prec=5, rounding=ROUND_UP, traps=[Clamped], flags=[Inexact])
        self.assertEqual(repr(pickle.loads(pickle.dumps(c))), repr(c))
        with self.assertRaises(AttributeError):
            Decimal(1).x = 1

    def test_contexts(self):
        c = getcontext()
        with localcontext(prec=3) as inner:
            self.assertIs(getcontext(), inner)
            self.assertEqual(str(Decimal(1) / 3), "0.333")
        self.assertIs(getcontext(), c)
        self.assertFalse(c.flags[Inexact])
        setcontext(BasicContext)
        self.assertIsNot(getcontext(), BasicContext)
        self.assertEqual(getcontext().prec, 9)
        self.assertEqual(repr(DefaultContext),
                         "Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999, "
                         "capitals=1, clamp=0, "
                         "flags=[], traps=[InvalidOperation, DivisionByZero, Overflow])")
        for name, value in (("prec", 0), ("prec", MAX_PREC + 1), ("Emax", -1), ("Emin", 1),
                            ("clamp", 2), ("capitals", 2)):
            self.assertRaises(ValueError, setattr, c, name, value)
        self.assertRaises(TypeError, setattr, c, "rounding", "UP")
        self.assertRaises(TypeError, setattr, c, "prec", 1.5)
        self.assertRaises(AttributeError, setattr, c, "foo", 1)
        self.assertRaises(AttributeError, delattr, c, "prec")
        self.assertRaises(TypeError, localcontext, foo=1)
        self.assertEqual(Context(prec=4).power(3, 20), Decimal("3.487E+9"))
        big = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=-MAX_EMAX)
        self.assertEqual((big.divide(1, 8), big.sqrt(Decimal("0.25")), big.power(2, 100)),
                         (Decimal("0.125"), Decimal("0.5"), 2 ** 100))
        self.assertRaises(MemoryError, big.divide, 1, 3)

    def test_signals(self):
        with localcontext() as c:
            for signals, fn in (([DivisionByZero], lambda: Decimal(1) / 0),
                                ([InvalidOperation], lambda: Decimal(0) / 0),
                                ([Overflow, Inexact, Rounded], lambda: Decimal("1E+999999") * 10),
                                ([Clamped], lambda: Decimal("0E-999999").scaleb(-100)),
                                ([Underflow, Inexact, Rounded, Subnormal, Clamped],
                                 lambda: Decimal("1E-999999") / 10 ** 60),
                                ([FloatOperation], lambda: Decimal(0.5))):
                c.clear_traps()
                c.clear_flags()
                fn()
                self.assertEqual({s for s in c.flags if c.flags[s]}, set(signals))
                c.traps[signals[0]] = True
                self.assertRaises(signals[0], fn)
        with self.assertRaises(InvalidOperation) as caught:
            Decimal(0) / 0
        self.assertEqual(caught.exception.args, ([DivisionUndefined],))
        self.assertTrue(issubclass(DivisionByZero, ZeroDivisionError)
                        and issubclass(FloatOperation, TypeError) and issubclass(Overflow, Rounded)
                        and issubclass(Underflow, Subnormal)
                        and issubclass(Clamped, DecimalException))
        context = Context(flags=[Inexact])
        flags = context.flags
        self.assertEqual((len(flags), type(flags.copy()), list(flags)[0], flags == dict(flags)),
                         (9, dict, InvalidOperation, True))
        self.assertRaises(KeyError, lambda: flags[1])
        self.assertRaises(ValueError, flags.__delitem__, Inexact)

    def test_functions(self):
        for prec, expected in ((10, "2.718281828"), (40,
                                                     "2.718281828459045235360287471352662497757")):
            with localcontext(prec=prec):
                self.assertEqual(str(Decimal(1).exp()), expected)
        self.assertEqual(str(Decimal(10).ln()), "2.302585092994045684017991455")
        self.assertEqual(str(Decimal(2).log10()), "0.3010299956639811952137388947")
        self.assertEqual(str(Decimal("1.0000000000000000000000000001").ln()),
                         "1.000000000000000000000000000E-28")
        self.assertEqual(str(Decimal(2) ** Decimal("0.5")), "1.414213562373095048801688724")
        self.assertEqual(str(Decimal("-2") ** -3), "-0.125")
        self.assertEqual(str(Decimal(9) ** Decimal("0.5")), "3.000000000000000000000000000")
        self.assertEqual(str(Decimal(-1).exp(Context(prec=5))), "0.36788")
        self.assertEqual((Decimal(0).exp(), Decimal(1).ln(), Decimal(1000).log10()), (1, 0, 3))
        self.assertEqual(str(Decimal("1E-1000000000000").exp()), "1.000000000000000000000000000")
        self.assertRaises(Overflow, Decimal("1E+30").exp)
        self.assertRaises(InvalidOperation, Decimal(-1).ln)
        with localcontext(prec=300, rounding=ROUND_DOWN):
            root = Decimal(2).sqrt()
            self.assertTrue(abs(root * root - 2) < Decimal("1E-298"))


unittest.main()
