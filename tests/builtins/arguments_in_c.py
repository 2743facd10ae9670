"""What functions in C make of their arguments: ints of subclasses arrive as ints, those that are
too large are told by the type they do not fit."""
import array
import gc
import itertools
import operator
import os
import struct
import unittest

HUGE = 1 << 70


class Number(int):
    pass


class Plain:
    pass


class ArgumentsTest(unittest.TestCase):
    def check(self, message, function, *args, error=OverflowError):
        with self.assertRaises(error) as caught:
            function(*args)
        self.assertEqual(str(caught.exception), message)

    def test_subclasses_become_ints(self):
        for one in True, Number(1):
            found = [operator.index(one), *slice(None, one).indices(5),
                     *slice(one, one, one).indices(Number(9))]
            found += [i for i, _ in enumerate("ab", one)] + [next(itertools.count(one))]
            self.assertEqual([type(i) for i in found], [int] * 10)
            self.assertEqual(found, [1, 0, 1, 1, 1, 1, 1, 1, 2, 1])
        self.assertIs(type(next(itertools.count(Number(1), 2))), Number)
        self.assertIs(type(operator.index(Number(HUGE))), int)

    def test_c_int(self):
        message = "Python int too large to convert to C int"
        for n in HUGE, -HUGE, 1 << 40, -1 << 40, 1 << 31:
            for function in (chr, "".expandtabs, b"".splitlines, os.close, gc.set_debug,
                             object().__reduce_ex__):
                self.check(message, function, n)

    def test_parsed_int(self):
        """Some parse their arguments in another way."""
        for function in os.getpgid, gc.set_threshold:
            self.check("signed integer is greater than maximum", function, 1 << 31)
            self.check("signed integer is less than minimum", function, -1 << 40)
            self.check("Python int too large to convert to C long", function, HUGE)

    def test_c_ssize_t(self):
        message = "Python int too large to convert to C ssize_t"
        for function in ([1].pop, "".center, b"".zfill, bytearray(b"a").pop,
                         array.array("i", [1]).pop, (1).to_bytes):
            self.check(message, function, HUGE)
        self.check(message, "a".replace, "a", "b", HUGE)
        self.check(message, [].insert, HUGE, 1)

    def test_index_sized(self):
        message = "cannot fit 'int' into an index-sized integer"
        for o in "a", b"a", [1], (1,), bytearray(b"a"), array.array("i", [1]):
            self.check(message, operator.mul, o, HUGE)
            self.check(message, operator.getitem, o, HUGE, error=IndexError)
        self.check(message, bytes, HUGE)

    def test_struct(self):
        def check(message, *formats_and_value):
            *formats, value = formats_and_value
            for format in formats:
                self.check(message, struct.pack, format, value, error=struct.error)

        check("'i' format requires -2147483648 <= number <= 2147483647", "i", "<i", ">i", 1 << 31)
        check("'I' format requires 0 <= number <= 4294967295", "I", "<I", ">I", 1 << 32)
        check("'L' format requires 0 <= number <= 4294967295", "<L", ">L", 1 << 63)
        check("'h' format requires -32768 <= number <= 32767", ">h", 1 << 15)
        check("'H' format requires 0 <= number <= 65535", ">H", 1 << 16)
        check("short format requires -32768 <= number <= 32767", "h", "<h", 1 << 15)
        check("ushort format requires 0 <= number <= 65535", "H", "<H", -1)
        check("argument out of range", "I", "<I", ">I", "L", ">L", "Q", "<Q", ">H", -1)
        check("argument out of range", "i", "l", "q", "<q", "n", "b", ">b", HUGE)
        check("int too large to convert", ">q", ">Q", "P", "e", ">e", HUGE)
        self.check("float too large to pack with e format", struct.pack, "e", 70000.0)

    def test_order_of_arguments(self):
        """Bounds are looked at before what is searched."""
        message = "slice indices must be integers or None or have an __index__ method"
        for function in "a".find, "a".rindex, "a".count:
            self.check(message, function, None, "b", error=TypeError)

    def test_nothing_to_decode(self):
        for empty in b"", bytearray(), memoryview(b""):
            self.assertEqual(str(empty, "no such codec"), "")
        self.assertEqual(b"".decode("no such codec"), "")
        self.check("unknown encoding: no-such-codec", b"a".decode, "no-such-codec",
                   error=LookupError)

    def test_powers_of_complex(self):
        self.assertEqual(repr(2j ** (1 + 2j)), "(-0.08496096085030443+0.015855789422951926j)")
        self.check("0.0 to a negative or complex power", pow, 1 + 2j, float("inf"),
                   error=ZeroDivisionError)

    def test_keywords_that_are_no_strings(self):
        self.assertEqual("{a}".format(**{1: 2, "a": 3}), "3")
        self.check("Plain() takes no arguments", lambda: Plain(**{1: 2}), error=TypeError)
        self.check("object() takes no arguments", lambda: object(**{1: 2}), error=TypeError)
        self.check("keywords must be strings", lambda: dict(**{1: 2}), error=TypeError)

    def test_arguments_by_type(self):
        self.check("cast() argument 'format' must be str, not None", memoryview(b"a").cast, None,
                   error=TypeError)
        self.check("center() argument 2 must be a byte string of length 1, not None", b"".center, 1,
                   None, error=TypeError)
        self.check("'str' object cannot be interpreted as an integer", bytearray().extend, "a",
                   error=TypeError)


if __name__ == "__main__":
    unittest.main()
