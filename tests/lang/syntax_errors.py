"""Errors of the parser and the compiler: types, messages and places."""
import unittest
import warnings

from _syntax_error_cases import CASES


class Places(unittest.TestCase):
    def test_table(self):
        for source, kind, message, *place in CASES:
            with self.subTest(source=source), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with self.assertRaises(SyntaxError) as caught:
                    compile(source, "<s>", "exec")
                e = caught.exception
                self.assertEqual((type(e).__name__, e.msg, e.lineno, e.offset, e.end_lineno,
                                  e.end_offset),
                                 (kind, message, *place))
                self.assertEqual(e.filename, "<s>")

    def test_arguments(self):
        with self.assertRaises(SyntaxError) as caught:
            compile("x = 1\ny z\n", "name", "exec")
        self.assertEqual(caught.exception.args, ("invalid syntax", ("name", 2, 3, "y z\n", 2, 4)))

    def test_incomplete_input(self):
        flag = 0x4000
        for source in "if x:", "(", "'''", "x = [1,":
            with self.subTest(source=source), self.assertRaises(SyntaxError) as caught:
                compile(source, "<s>", "single", flag)
            self.assertEqual(caught.exception.msg, "incomplete input")


class Warnings(unittest.TestCase):
    def check(self, source, category, message):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            compile(source, "<s>", "exec")
        self.assertEqual([(w.category, str(w.message), w.lineno) for w in seen],
                         [(category, message, 1)])
        with warnings.catch_warnings(), self.assertRaises(SyntaxError) as caught:
            warnings.simplefilter("error")
            compile(source, "<s>", "exec")
        self.assertEqual(caught.exception.msg, message)

    def test_escapes(self):
        self.check(r"'\z'", DeprecationWarning, r"invalid escape sequence '\z'")
        self.check(r"b'\z'", DeprecationWarning, r"invalid escape sequence '\z'")
        self.check(r"'\z\y'", DeprecationWarning, r"invalid escape sequence '\z'")
        self.check(r"'\400'", DeprecationWarning, r"invalid octal escape sequence '\400'")

    def test_numbers(self):
        self.check("0xfor x", SyntaxWarning, "invalid hexadecimal literal")
        self.check("1if x else y", SyntaxWarning, "invalid decimal literal")
        self.check("0b1and x", SyntaxWarning, "invalid binary literal")
        self.check("1jor x", SyntaxWarning, "invalid imaginary literal")

    def test_expressions(self):
        self.check("x is 1", SyntaxWarning, '"is" with a literal. Did you mean "=="?')
        self.check("assert (x, 'y')", SyntaxWarning,
                   "assertion is always true, perhaps remove parentheses?")
        self.check("'a' ()", SyntaxWarning,
                   "'str' object is not callable; perhaps you missed a comma?")
        self.check("[1][1, 2]", SyntaxWarning,
                   ("list indices must be integers or slices, not tuple; perhaps you missed a "
                    "comma?"))


if __name__ == "__main__":
    unittest.main()
