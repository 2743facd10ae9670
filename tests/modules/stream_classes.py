"""The abstract classes of streams, and what a BytesIO shows of its memory."""
import io
import subprocess
import sys
import unittest


class OwnRaw(io.RawIOBase):
    pass


class StreamClassesTest(unittest.TestCase):
    def test_any_arguments(self):
        for c in io.IOBase, io.RawIOBase, io.BufferedIOBase, io.TextIOBase, OwnRaw:
            self.assertIsInstance(c(1, name=2), c)

    def test_raw_methods_are_abstract(self):
        for raw in io.RawIOBase(), OwnRaw():
            for call in (raw.read, raw.readall, lambda: raw.readinto(bytearray(1)),
                         lambda: raw.write(b""), raw.write):
                with self.assertRaises(NotImplementedError):
                    call()

    def test_buffer_of_bytesio(self):
        stream = io.BytesIO(b"abc")
        with self.assertRaisesRegex(TypeError,
                                    "a bytes-like object is required, not '_io.BytesIO'"):
            memoryview(stream)
        with self.assertRaisesRegex(TypeError, "cannot be interpreted as an integer"):
            bytes(stream)
        with stream.getbuffer() as view:
            self.assertEqual(type(view.obj).__name__, "_BytesIOBuffer")
            self.assertEqual(bytes(view.obj), b"abc")
            view[0] = ord("x")
            with self.assertRaises(BufferError):
                stream.write(b"longer than before")
            with self.assertRaisesRegex(TypeError, "cannot create '_io._BytesIOBuffer' instances"):
                type(view.obj)()
        self.assertEqual(stream.getvalue(), b"xbc")
        self.assertEqual(stream.write(b"longer than before"), 18)

    def test_unbuffered_streams(self):
        """Nothing waits for the end of a line where nothing waits at all."""
        show = "import sys; print(sys.stdout.line_buffering, sys.stderr.line_buffering)"
        for option, expected in ("-u", b"False False\n"), ("-q", b"False True\n"):
            p = subprocess.run([sys.executable, option, "-c", show], capture_output=True, env={})
            self.assertEqual(p.stdout, expected)

    def test_flag_of_newline_decoder(self):
        with self.assertRaisesRegex(TypeError,
                                    "'tuple' object cannot be interpreted as an integer"):
            io.IncrementalNewlineDecoder(None, (1,))
        with self.assertRaisesRegex(TypeError,
                                    "'NoneType' object cannot be interpreted as an integer"):
            io.text_encoding("x", None)


if __name__ == "__main__":
    unittest.main()
