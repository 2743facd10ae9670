"""int, float, complex, bool: arithmetic, text, conversions, limits."""
import sys
import unittest


class IntTest(unittest.TestCase):
    def test_small_and_large_agree(self):
        for shift in (0, 29, 30, 31, 59, 60, 61, 62, 63, 64, 65, 127, 200):
            for x in (1 << shift, -(1 << shift), (1 << shift) - 1, 1 - (1 << shift)):
                self.assertEqual(x + 1 - 1, x)
                self.assertEqual((x * 3) // 3, x)
                self.assertEqual(-(-x), x)
                self.assertEqual(int(str(x)), x)
                self.assertEqual(int(hex(x), 16), x)
                self.assertEqual(x.to_bytes(40, "big", signed=True),
                                 (x).to_bytes(40, "little", signed=True)[::-1])
                self.assertEqual(int.from_bytes(x.to_bytes(40, "big", signed=True), "big",
                                                signed=True), x)
                self.assertEqual(hash(x), hash(float(x)) if abs(x) < 1 << 53 else hash(x))

    def test_division_rounds_down(self):
        for a in (7, -7, 1 << 70, -(1 << 70)):
            for b in (3, -3, (1 << 65) + 1, -(1 << 65) - 1):
                q, r = divmod(a, b)
                self.assertEqual(q * b + r, a)
                self.assertTrue(0 <= r < b if b > 0 else b < r <= 0)
        for op in (lambda: 1 // 0, lambda: 1 % 0, lambda: 1 / 0, lambda: divmod(1 << 80, 0)):
            self.assertRaises(ZeroDivisionError, op)

    def test_shifts_and_bits(self):
        self.assertEqual(-5 >> 1, -3)
        self.assertEqual((1 << 100) >> 99, 2)
        self.assertEqual(-1 & (1 << 80) - 1, (1 << 80) - 1)
        self.assertEqual((~(1 << 70)).bit_length(), 71)
        self.assertEqual((255).bit_count(), 8)
        with self.assertRaisesRegex(ValueError, "negative shift count"):
            1 << -1

    def test_pow(self):
        self.assertEqual(pow(3, 200, 1000), 3 ** 200 % 1000)
        self.assertEqual(pow(3, -1, 7), 5)
        self.assertEqual(2 ** -2, 0.25)
        with self.assertRaisesRegex(ValueError, "base is not invertible for the given modulus"):
            pow(2, -1, 4)

    def test_digits_limit(self):
        limit = sys.get_int_max_str_digits()
        self.assertEqual(limit, 4300)
        self.assertEqual(len(str(10 ** (limit - 1))), limit)
        self.assertRaises(ValueError, str, 10 ** limit)
        self.assertRaises(ValueError, int, "1" * (limit + 1))
        self.assertEqual(int("f" * 5000, 16).bit_length(), 20000)

    def test_parsing(self):
        self.assertEqual(int(" 1_000 "), 1000)
        self.assertEqual(int("0x_ff", 0), 255)
        self.assertEqual(int("٣"), 3)
        for bad in ("", "1__0", "_1", "0b2", "1.0", "010"):
            with self.assertRaisesRegex(ValueError, r"invalid literal for int\(\) with base 0"):
                int(bad, 0)

    def test_formats(self):
        self.assertEqual(f"{1234567:,} {255:#06x} {5:+d} {-5:=6} {10:b} {3:c}",
                         "1,234,567 0x00ff +5 -    5 1010 \x03")
        self.assertEqual(f"{10 ** 20:_d}", "100_000_000_000_000_000_000")


class FloatTest(unittest.TestCase):
    def test_text(self):
        for text in ("0.1", "1e+16", "1e-05", "inf", "-inf", "nan", "123456789.125", "5e-324",
                     "1.7976931348623157e+308"):
            self.assertEqual(repr(float(text)), text)
        self.assertEqual(float("1_0.5"), 10.5)
        self.assertEqual((0.1).hex(), "0x1.999999999999ap-4")
        self.assertEqual(float.fromhex("0x1.8p1"), 3.0)
        self.assertEqual((0.75).as_integer_ratio(), (3, 4))

    def test_rounding(self):
        self.assertEqual([round(x) for x in (0.5, 1.5, 2.5, -0.5)], [0, 2, 2, 0])
        self.assertEqual(round(2.675, 2), 2.67)
        self.assertEqual(round(1234.5, -2), 1200.0)
        self.assertEqual((f"{2.5:.0f}", f"{1e22:g}", f"{0.00001234:.3g}", f"{12.3:%}"),
                         ("2", "1e+22", "1.23e-05", "1230.000000%"))

    def test_compares_with_int_exactly(self):
        self.assertTrue(2.0 ** 53 == 2 ** 53 and 2.0 ** 53 != 2 ** 53 + 1)
        self.assertTrue(1e300 < 10 ** 301 and float("inf") > 10 ** 400)
        self.assertEqual(-7.5 // 2, -4.0)
        self.assertEqual(-7.5 % 2, 0.5)

    def test_complex(self):
        self.assertEqual((1 + 2j) * (3 - 1j), 5 + 5j)
        self.assertEqual(repr(-0j), "(-0-0j)")
        self.assertEqual(complex("1e3-2j"), 1000 - 2j)
        self.assertEqual(abs(3 + 4j), 5.0)
        self.assertRaises(TypeError, lambda: 1j < 2j)

    def test_bool(self):
        self.assertEqual((True + True, True & False, repr(True), ~True), (2, False, "True", -2))
        self.assertIs(True ^ True, False)


unittest.main()
