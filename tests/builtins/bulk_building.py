"""Containers built from iterators, sequences and numbers, against plain Python that says what is to
come out."""
import array
import math
import random
import unittest


class Lists(unittest.TestCase):
    def test_from_iterators_of_all_lengths(self):
        for n in (0, 1, 31, 32, 33, 64, 1000):
            self.assertEqual(list(iter(range(n))), [i for i in range(n)])
            self.assertEqual(list(x for x in range(n)), [i for i in range(n)])
            self.assertEqual((list(bytes(n)), list(bytearray(n)), list("a" * n)),
                             ([0] * n, [0] * n, ["a"] * n))
            self.assertEqual((list({i: 0 for i in range(n)}), sorted(set(range(n)))),
                             ([*range(n)], [*range(n)]))

    def test_dicts_of_pairs_without_tuples(self):
        for n in (0, 1, 5, 100):
            self.assertEqual(dict(zip(range(n), range(n, 2 * n))), {i: i + n for i in range(n)})
            self.assertEqual(dict(enumerate("x" * n, 7)), {i + 7: "x" for i in range(n)})
        self.assertEqual(dict(zip("ab", [1, 2, 3])), {"a": 1, "b": 2})
        left = iter([1, 2, 3])
        self.assertEqual((dict(zip(left, "a")), list(left)), ({1: "a"}, [3]))
        self.assertEqual(dict(zip("ab", [1, 2], strict=True), c=3), {"a": 1, "b": 2, "c": 3})
        d = {}
        self.assertRaises(ValueError, d.update, zip("abc", [1, 2], strict=True))
        self.assertEqual(d, {"a": 1, "b": 2})
        for wrong in (zip("abc"), zip("abc", "abc", "abc"), zip([[]], [[]])):
            self.assertRaises((ValueError, TypeError), dict, wrong)
        self.assertRaises(ZeroDivisionError, dict, zip((1 // (2 - i) for i in range(3)), "abc"))

        class Upper(zip):
            def __next__(self):
                return tuple(map(str.upper, super().__next__()))

        self.assertEqual(dict(Upper("ab", "cd")), {"A": "C", "B": "D"})

    def test_errors_pass(self):
        def broken():
            yield from range(40)
            raise KeyError(1)

        class Stops:
            def __iter__(self):
                return self

            def __next__(self):
                raise StopIteration

        self.assertRaises(KeyError, list, broken())
        self.assertEqual(list(Stops()), [])
        seen = [1]
        self.assertRaises(KeyError, seen.extend, broken())
        self.assertEqual(len(seen), 41)

    def test_bytearray_that_changes(self):
        b, seen = bytearray(b"abc"), []
        for c in b:
            seen.append(c)
            if len(b) < 6:
                b.append(c + 1)
        self.assertEqual(bytes(seen), b"abcbcd")


class Sets(unittest.TestCase):
    def test_intersection_asks_for_no_more_than_it_needs(self):
        rest = iter([1, 3, 1, 2, 4, 5])
        self.assertEqual(({1, 2}.intersection(rest), list(rest)), ({1, 2}, [4, 5]))
        self.assertEqual(set().intersection([1]), set())
        self.assertEqual({1}.intersection([1, []]), {1})
        self.assertRaises(TypeError, {1, 2}.intersection, [1, []])


class Bytes(unittest.TestCase):
    def test_from_sequences(self):
        class Index:
            def __index__(self):
                return 7

        for make in bytes, bytearray:
            self.assertEqual(make([1, True, Index(), 255]), b"\x01\x01\x07\xff")
            self.assertEqual(make((0,) * 300), b"\0" * 300)
            for bad in ([1, 256], [-1], (2**70,)):
                self.assertRaises(ValueError, make, bad)
            self.assertRaises(TypeError, make, ["a"])
            source = bytearray(b"xyz" * 400)
            copy = make(source)
            source[0] = 0
            self.assertEqual(copy, b"xyz" * 400)

    def test_views(self):
        b = bytearray(range(20))
        m = memoryview(b)
        m[3:6] = b"abc"
        even, behind, middle, first = views = m[::2], m[5:15], m[5:8], m[:4]
        even[1:3] = b"XY"
        m[0:10] = behind
        self.assertEqual((bytes(b), middle == bytes(b[5:8]), first.tolist()),
                         (b"c\x06\x07\x08\t\n\x0b\x0c\r\x0e\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13",
                          True, [99, 6, 7, 8]))
        for view in (*views, m):  # tests/gc/dead_views.py is about those that are not released
            view.release()
        b.append(1)


class Arrays(unittest.TestCase):
    def test_operators(self):
        a, b = array.array("i", range(300)), array.array("i", [5, 6])
        self.assertEqual((a + b).tolist(), [*range(300), 5, 6])
        self.assertEqual(((b * 5).tolist(), (b * 0).tolist(), (a[:0] * 9).tolist()),
                         ([5, 6] * 5, [], []))
        self.assertTrue(a == a[:] and a != b and a[:3] < b
                        and array.array("d", [1]) == array.array("i", [1]))
        nan = array.array("d", [math.nan])
        self.assertFalse(nan == nan[:])
        b.byteswap()
        self.assertEqual(b.tolist(), [5 << 24, 6 << 24])

    def test_items_before_a_refused_one_stay(self):
        a = array.array("b")
        self.assertRaises(OverflowError, a.extend, [1, 2] * 100 + [1000])
        self.assertEqual(a.tolist(), [1, 2] * 100)


class Numbers(unittest.TestCase):
    def test_counting(self):
        def product(numbers):
            r = 1
            for i in numbers:
                r *= i
            return r

        for n in [*range(72), 1000, 2**63 - 1, 2**64, 10**30]:
            for k in {0, 1, 2, 7, min(n, 33), min(n, 40)}:
                perm = product(range(n - k + 1, n + 1)) if k <= n else 0
                self.assertEqual((math.perm(n, k), math.comb(n, k)),
                                 (perm, perm // product(range(1, k + 1))))
            self.assertEqual(math.comb(n, n), 1)
        self.assertEqual([math.factorial(i) for i in (0, 20, 21)],
                         [1, product(range(1, 21)), product(range(1, 22))])

    def test_roots_and_divisors(self):
        r = random.Random(1)
        for bits in list(range(1, 70)) * 20:
            x, y = r.getrandbits(bits), r.getrandbits(bits) * r.choice((1, -1, 2**70))
            s = math.isqrt(x)
            self.assertTrue(s * s <= x < (s + 1) ** 2 and math.isqrt(s * s) == s)
            g = math.gcd(x, y)
            self.assertTrue(g == 0 or x % g == y % g == 0 and math.gcd(x // g, y // g) == 1)
            self.assertEqual(math.lcm(x, y) * g, abs(x * y))
        for s in (2**31, 3037000499):
            self.assertEqual((math.isqrt(s * s), math.isqrt(s * s - 1)), (s, s - 1))
        self.assertEqual((math.gcd(), math.lcm(), math.gcd(-4), math.lcm(-4), math.lcm(0, 3)),
                         (0, 1, 4, 4, 0))


class Text(unittest.TestCase):
    def test_case_of_all_kinds(self):
        self.assertEqual(("\u0130A\u03a3".lower(), "\u00df\ufb03x".upper(),
                          "\u00c9cole D'\u00c9t\u00e9".swapcase()),
                         ("i\u0307a\u03c2", "SSFFIX", "\u00e9COLE d'\u00e9T\u00c9"))
        long = "\u00e9\u0130" * 300
        self.assertEqual((long.lower(), long.upper()), ("\u00e9i\u0307" * 300,
                                                        "\u00c9\u0130" * 300))
        self.assertTrue("a\u00e9".islower() and not "\u01c5".islower() and not "\u01c5".isupper()
                        and "\u01c5a".istitle())

    def test_repr_and_formats(self):
        for text in ("plain", "it's", 'a"b', "it's \"x\"", "\\",
                     "\n\u00e9\u20ac\x7f\xa0\U0001f600"):
            self.assertEqual(eval(repr(text)), text)
            self.assertEqual(("%r" % text, "%s" % text, "%s" % (text,)), (repr(text), text, text))
        self.assertEqual(type("%s" % type("S", (str,), {})("x")), str)
        self.assertRaises(TypeError, lambda: "%s" % (1, 2))
        self.assertRaises(TypeError, lambda: "%s" % ())

    def test_lines_and_slices(self):
        text = "a\nb\r\nc\x0bd\x1ce\x85f\u2028g"
        self.assertEqual(text.splitlines(), list("abcdefg"))
        self.assertEqual((text[::2][:3], text[:9].replace("\n", "-")),
                         ("abc"[0] + "b\n", "a-b\r-c\x0bd\x1c"))
        self.assertEqual(("x" * 40 + "y").replace("x", "\u00e9"), "\u00e9" * 40 + "y")

    def test_utf8(self):
        for piece in ("a" * 7, "\u00e9", "a" * 8 + "\u20ac", "\U0001f600" + "b" * 20,
                      "\x7f\x80\u07ff\u0800\uffff\U00010000"):
            text = piece * 50
            self.assertEqual(text.encode().decode(), text)
        self.assertRaises(UnicodeEncodeError, ("a" * 20 + "\ud800").encode)
        self.assertEqual(("\u00e9" * 9 + "\udcff").encode("utf-8", "surrogateescape"),
                         b"\xc3\xa9" * 9 + b"\xff")


if __name__ == "__main__":
    unittest.main()
