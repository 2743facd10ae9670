"""Streams that share or defer their data: what was handed out stays as it was, and positions are
those of the file."""
import gc
import io
import os
import signal
import tempfile
import unittest


class Memory(unittest.TestCase):
    def test_contents_do_not_change_once_returned(self):
        source = b"0123456789"
        f = io.BytesIO(source)
        self.assertEqual(f.read(), source)
        f.seek(2)
        f.write(b"xx")
        first = f.getvalue()
        f.seek(0)
        f.write(b"YY")
        self.assertEqual((source, first, f.getvalue()),
                         (b"0123456789", b"01xx456789", b"YYxx456789"))
        f.truncate(3)
        self.assertEqual((f.getvalue(), hash(f.getvalue())), (b"YYx", hash(b"YYx")))
        f.seek(5)
        f.write(b"z")
        self.assertEqual(f.getvalue(), b"YYx\0\0z")

    def test_views_write_to_the_stream_only(self):
        f = io.BytesIO(b"abcdef" * 10)
        before = f.getvalue()
        with f.getbuffer() as view:
            view[0:2] = b"ZZ"
            during = f.getvalue()
            view[2:4] = b"YY"
            self.assertRaises(BufferError, f.write, b"x")
        self.assertEqual((before[:4], during[:4], f.getvalue()[:4]), (b"abcd", b"ZZcd", b"ZZYY"))

    def test_only_classes_of_ones_own_close_when_they_end(self):
        for kind in io.BytesIO, io.StringIO:
            class Own(kind):
                def close(self):
                    closed.append(kind)
                    super().close()

            closed = []
            plain, own = kind(), Own()
            plain.x = own.x = 1
            del plain, own
            gc.collect()
            self.assertEqual(closed, [kind])

    def test_text_of_mixed_widths(self):
        f = io.StringIO("abc\n")
        f.seek(0, 2)
        f.write("d\u00e9\n\u20ac\n")
        f.write("\U0001f600\r\n")
        f.seek(0)
        self.assertEqual(list(f), ["abc\n", "d\u00e9\n", "\u20ac\n", "\U0001f600\r\n"])
        f.seek(f.tell() + 2)
        f.write("x")
        self.assertEqual(f.getvalue(), "abc\nd\u00e9\n\u20ac\n\U0001f600\r\n\0\0x")
        f.seek(1)
        self.assertEqual((f.readline(), f.read(2), f.readline(1)), ("bc\n", "d\u00e9", "\n"))

    def test_line_ends(self):
        text = "a\rb\r\nc\nd"
        self.assertEqual(list(io.StringIO(text, newline="")), ["a\r", "b\r\n", "c\n", "d"])
        self.assertEqual(list(io.StringIO(text, newline=None)), ["a\n", "b\n", "c\n", "d"])
        self.assertEqual(list(io.StringIO(text, newline="\r\n")), ["a\rb\r\r\n", "c\r\n", "d"])
        self.assertEqual(list(io.StringIO(text, newline="\r")), ["a\r", "b\r", "\r", "c\r", "d"])


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "data")

    def test_seeking_within_what_was_read_ahead(self):
        with open(self.path, "wb") as f:
            f.write(bytes(range(256)) * 100)
        with open(self.path, "rb") as f:
            for at in (0, 5, 8191, 8192, 20000, 19000, 0, 25600, 25599):
                self.assertEqual((f.seek(at), f.tell(), f.read(1)),
                                 (at, at, bytes([at % 256]) if at < 25600 else b""))
            f.seek(100)
            self.assertEqual((f.read(4), f.seek(-2, 1), f.read(1), f.seek(10, 1)),
                             (b"defg", 102, b"f", 113))
            self.assertRaises(OSError, f.seek, -1)
            self.assertEqual(f.read(2), b"qr")

    def test_reading_and_writing_in_turn(self):
        with open(self.path, "wb") as f:
            f.write(b"a" * 100)
        with open(self.path, "r+b") as f:
            f.read(10)
            f.seek(5)
            f.write(b"B")
            self.assertEqual((f.read(2), f.tell(), f.seek(4), f.read(3)), (b"aa", 8, 4, b"aBa"))
            f.seek(0, 2)
            f.write(b"end")
            f.seek(98)
            self.assertEqual(f.read(), b"aaend")

    def test_what_a_binary_stream_is_given(self):
        calls = []

        class Raw(io.BytesIO):
            def write(self, data):
                calls.append(bytes(data))
                if data == b"no":
                    raise OSError
                return len(data)

        f = io.TextIOWrapper(Raw(), encoding="utf-8")
        f._CHUNK_SIZE = 10
        for text in ("", "abc", "def", "ghij", "k" * 25, "l", "m" * 12, "\u20ac", "n"):
            f.write(text)
        f.flush()
        f.writelines(["o", "p"])
        self.assertRaises(TypeError, f.writelines, ["q", b"r"])
        f.flush()
        self.assertEqual(b"".join(calls),
                         "abcdefghij{}l{}\u20acnopq".format("k" * 25, "m" * 12).encode())
        self.assertLess(len(calls), 9)
        calls.clear()
        through = io.TextIOWrapper(Raw(), encoding="utf-8", write_through=True)
        through.writelines(["a", "", "bc"])
        self.assertEqual(calls, [b"a", b"", b"bc"])
        f.write("no")
        self.assertRaises(OSError, f.flush)
        f.write("yes")
        f.flush()
        self.assertEqual(calls[3:], [b"no", b"yes"])

    def test_a_method_put_in_the_way(self):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("a")
            f.flush()
            f.buffer.write = seen = lambda data: calls.append(bytes(data)) or len(data)
            calls = []
            f.write("b\u00e9")
            f.flush()
            f.reconfigure(write_through=True)
            f.write("c")
            self.assertIs(f.buffer.write, seen)
            del f.buffer.write
            f.write("d" * 20000)
        self.assertEqual(calls, [b"b\xc3\xa9", b"c"])
        with open(self.path) as f:
            self.assertEqual(f.read(), "a" + "d" * 20000)

    def test_a_handler_that_writes_to_the_same_file(self):
        """While a flush waits, what waits to be written is not touched."""
        read, write = os.pipe()
        with open(read, "rb", buffering=0) as source, open(write, "w") as f:
            os.set_blocking(read, False)
            while f.buffer.raw.write(b"." * 65536) == 65536:  # the pipe is full then
                if not os.get_blocking(write):
                    break
                os.set_blocking(write, False)
            os.set_blocking(write, True)
            got = []

            def on_alarm(number, frame):
                f.write("H" * 10)
                got.append(source.read())

            before = signal.signal(signal.SIGALRM, on_alarm)
            self.addCleanup(signal.signal, signal.SIGALRM, before)
            signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
            f.write("a" * 5000)
            f.write("b" * 5000)
            f.write("c" * 5000)
            signal.setitimer(signal.ITIMER_REAL, 0)
            f.flush()
            got.append(source.read())
        text = b"".join(part or b"" for part in got).decode().strip(".").replace("H", "")
        self.assertEqual(text, "a" * 5000 + "b" * 5000 + "c" * 5000)

    def test_lines_and_other_operations_in_turn(self):
        with open(self.path, "w+") as f:
            f.writelines(f"line {i}\n" for i in range(3000))
            f.seek(0)
            self.assertEqual((next(f), f.readline(), f.read(3)), ("line 0\n", "line 1\n", "lin"))
            self.assertEqual(next(f), "e 2\n")
            self.assertRaises(OSError, f.tell)
            f.seek(0, 2)
            f.write("more\n")
            self.assertEqual(list(f), [])
            f.seek(0)
            lines = list(f)
            self.assertEqual((len(lines), lines[2999:], f.tell() > 0),
                             (3001, ["line 2999\n", "more\n"], True))
        self.assertRaises(ValueError, next, f)
        f = open(self.path)
        next(f)
        f.close()
        self.assertRaises(ValueError, next, f)
        f = io.TextIOWrapper(open(self.path, "rb"), newline="")
        self.assertEqual(next(f), "line 0\n")
        f.detach().close()
        self.assertRaises(ValueError, next, f)

    def test_text_of_all_kinds_in_order(self):
        parts = ["plain", "\u00e9", "x" * 10000, "", "\u20ac\n", "y"]
        for encoding in ("utf-8", "utf-16-le", "utf-8-sig"):
            with open(self.path, "w", encoding=encoding, newline="\n") as f:
                f.writelines(parts)
            with open(self.path, "rb") as f:
                self.assertEqual(f.read(), "".join(parts).encode(encoding))
        with open(self.path, "w", encoding="ascii", newline="\r\n") as f:
            f.write("a\nb")
            self.assertRaises(UnicodeEncodeError, f.write, "\u00e9")
        with open(self.path, "rb") as f:
            self.assertEqual(f.read(), b"a\r\nb")


if __name__ == "__main__":
    unittest.main()
