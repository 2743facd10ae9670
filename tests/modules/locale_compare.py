"""locale.strcoll and locale.strxfrm: order in the C locale, and text that the C library cannot see
whole."""
import locale
import unittest


class LocaleCompare(unittest.TestCase):
    def setUp(self):
        self.addCleanup(locale.setlocale, locale.LC_COLLATE,
                        locale.setlocale(locale.LC_COLLATE, "C"))

    def test_order(self):
        self.assertEqual(locale.strcoll("a", "a"), 0)
        self.assertLess(locale.strcoll("B", "a"), 0)
        self.assertGreater(locale.strcoll("ab", "a"), 0)
        words = ["b", "a", "B", "aa", ""]
        self.assertEqual(sorted(words, key=locale.strxfrm), sorted(words))

    def test_null_character(self):
        for call in (lambda: locale.strcoll("a\0", "a"), lambda: locale.strcoll("a", "a\0b"),
                     lambda: locale.strxfrm("a\0")):
            with self.assertRaisesRegex(ValueError, "embedded null character"):
                call()


if __name__ == "__main__":
    unittest.main()
