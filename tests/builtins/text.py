"""str, bytes, bytearray, memoryview."""
import gc
import os
import re
import subprocess
import unittest


class StrTest(unittest.TestCase):
    def test_kinds_mix(self):
        for a in ("", "a", "é", "€", "😀"):
            for b in ("x", "ü", "☃", "🎉"):
                s = a + b
                self.assertEqual(len(s), len(a) + 1)
                self.assertEqual(s[-1], b)
                self.assertEqual(s.encode().decode(), s)
                self.assertEqual(s.encode("utf-16").decode("utf-16"), s)
                self.assertEqual(hash(s[: len(a)]), hash(a))
                self.assertEqual((s * 3).count(b), 3)
                self.assertEqual(s.find(b), len(a))

    def test_plain_directives(self):
        class Text(str):
            def __str__(self):
                return "own"

        self.assertEqual("%d|%d|%s|%s" % (0, -5, "é", "☃"), "0|-5|é|☃")
        self.assertEqual("%d %d" % (-4611686018427387904, 10**30),
                         "-4611686018427387904 1" + "0" * 30)
        self.assertEqual("%s %d %s %d" % (Text("x"), True, None, 2.9), "own 1 None 2")
        self.assertEqual("%s" % Text("x"), "own")
        self.assertEqual(b"%d%% %s" % (-12, b"x"), b"-12% x")
        self.assertEqual("%(a)s %(b)d" % {"a": 1, "b": 2}, "1 2")
        for fmt, args, error in (("%d %d", 1, TypeError), ("%s%", 1, ValueError),
                                 ("%d", "x", TypeError),
                                 ("%d", (1, 2), TypeError)):
            self.assertRaises(error, fmt.__mod__, args)

    def test_split_and_join(self):
        self.assertEqual(" a  b ".split(), ["a", "b"])
        self.assertEqual("a,b,,c".split(",", 2), ["a", "b", ",c"])
        self.assertEqual([",".split(","), "".split(","), "ab".split(","), "a,b".split(",", 0)],
                         [["", ""], [""], ["ab"], ["a,b"]])
        self.assertEqual("a\x1cb\x85c d".split(), ["a", "b", "c", "d"])
        self.assertEqual("a\x1cb c\x0b".split(), ["a", "b", "c"])
        many = ["x" * i for i in range(50)]
        self.assertEqual(",".join(many).split(","), many)
        self.assertIs(type(type("S", (str,), {})("abc").split(",")[0]), str)
        self.assertEqual(b",".join([b"a", b"", b"ccc"]), b"a,,ccc")
        self.assertEqual([b"x".join([]), b"".join([b"", b""]), b"".join([b"a", b""])],
                         [b"", b"", b"a"])
        self.assertEqual(b",".join([bytearray(b"q"), b"r"]), b"q,r")
        self.assertEqual("a,b,,c".rsplit(",", 1), ["a,b,", "c"])
        self.assertEqual("a\nb\r\nc\x85d\u2028e".splitlines(), ["a", "b", "c", "d", "e"])
        self.assertEqual("k=v=w".partition("="), ("k", "=", "v=w"))
        self.assertEqual("-".join(["a", "é", "😀"]), "a-é-😀")
        with self.assertRaisesRegex(TypeError, "sequence item 1: expected str instance, int found"):
            "".join(["a", 1])

    def test_case(self):
        self.assertEqual("straße".upper(), "STRASSE")
        self.assertEqual("ŉ".title(), "ʼN")
        self.assertEqual("ΑΣ".lower(), "ας")
        self.assertEqual("ﬁ".casefold(), "fi")
        self.assertEqual("they're bill's".title(), "They'Re Bill'S")

    def test_format(self):
        self.assertEqual("{0[k]}{1.real:>4}{x!r:^7}".format({"k": 1}, 2, x="y"), "1   2  'y'  ")
        self.assertEqual("%-5s|%05.1f|%x|%%" % ("ab", 2.25, 255),
                         "ab   |002.2|ff|%")
        value, width = 3.14159, 8
        self.assertEqual(f"{value:{width}.{3}}|{value=:.2f}|{'a' 'b'!s:>3}",
                         "    3.14|value=3.14| ab")
        with self.assertRaisesRegex(ValueError, "Unknown format code 'd' for object of type 'str'"):
            format("a", "d")

    def test_slices(self):
        s = "0123456789"
        self.assertEqual((s[2:5], s[::-3], s[-3:], s[20:], s[:-20:-1]),
                         ("234", "9630", "789", "", s[::-1]))
        with self.assertRaisesRegex(IndexError, "string index out of range"):
            s[10]

    def test_translate_strip_replace(self):
        self.assertEqual("abc".translate({97: None, 98: "xx", 99: 0x20AC}), "xx€")
        self.assertEqual("xxhixx".strip("x"), "hi")
        self.assertEqual("aaa".replace("a", "b", 2), "bba")
        self.assertEqual("".replace("", "x"), "x")
        self.assertEqual("prefix-x".removeprefix("prefix-"), "x")

    def test_escapes(self):
        self.assertEqual(repr("\n'\"\x7f\xad\ud800😀"), "'\\n\\'\"\\x7f\\xad\\ud800😀'")
        self.assertEqual("\N{SNOWMAN}\u00e9\101", "☃éA")
        with self.assertRaises(UnicodeEncodeError):
            "\ud800".encode()
        self.assertEqual("\ud800".encode("utf-8", "surrogatepass"), b"\xed\xa0\x80")
        self.assertEqual(b"\xff".decode("utf-8", "replace"), "\ufffd")
        self.assertEqual(b"\xff".decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape"), b"\xff")


class BytesTest(unittest.TestCase):
    def test_both_types(self):
        for make in (bytes, bytearray):
            b = make(b"hello world")
            self.assertEqual(b.upper(), b"HELLO WORLD")
            self.assertEqual(b.split(), [b"hello", b"world"])
            self.assertEqual(b[1:4], b"ell")
            self.assertEqual(b[0], 104)
            self.assertIn(b"lo w", b)
            self.assertEqual(b.hex(" ", 4), "68656c 6c6f2077 6f726c64")
            self.assertEqual(make.fromhex("6869"), b"hi")
            self.assertEqual(b % (), b)

    def test_percent(self):
        self.assertEqual(b"%b %d %x %5.1f %a" % (b"x", 3, 255, 2.5, "é"), b"x 3 ff   2.5 '\\xe9'")

    def test_bytearray_changes(self):
        b = bytearray(b"abc")
        b += b"def"
        b[1:3] = b"XYZ"
        del b[0]
        b.insert(0, 33)
        b.extend(range(3))
        self.assertEqual(b, b"!XYZdef\0\1\2")
        self.assertEqual(b.pop(), 2)
        self.assertRaises(ValueError, b.append, 256)
        with memoryview(b):
            self.assertRaises(BufferError, b.append, 1)
        b.append(1)

    def test_memoryview(self):
        data = bytearray(range(8))
        m = memoryview(data)
        m[2:4] = b"\xff\xfe"
        self.assertEqual(data[2:4], b"\xff\xfe")
        self.assertEqual(m[::2].tolist(), [0, 255, 4, 6])
        self.assertEqual(m.cast("H").shape, (4,))
        self.assertEqual(m.cast("B", (2, 4)).tolist()[1], [4, 5, 6, 7])
        self.assertRaises(ValueError, m.__setitem__, slice(0, 2), b"x")
        m.release()
        self.assertRaises(ValueError, m.tobytes)


class CStringTest(unittest.TestCase):
    def test_text_for_a_process(self):
        """Text that was put together from pieces ends where it ends, whatever memory held
        before."""
        junk = [bytes([255]) * n for n in range(200, 900) for _ in range(20)]
        del junk
        for n in range(250, 650, 20):
            gc.collect()
            for piece in "x", "\u00e9", "\udcff":
                text = re.sub("-", piece, "-" * n)
                got = subprocess.run(["/bin/echo", text], stdout=subprocess.PIPE).stdout
                self.assertEqual(got, os.fsencode(text) + b"\n")


unittest.main()
