"""What is decoded and encoded by the locale: arguments, the environment, file names, standard
streams, open()."""
import os
import subprocess
import sys
import tempfile
import unittest

SHOW = """
import locale, os, sys
print(sys.getfilesystemencoding(), sys.flags.utf8_mode, locale.getencoding(), open(os.devnull).encoding)
print([(s.encoding, s.errors) for s in (sys.stdin, sys.stdout, sys.stderr)])
print(ascii(sys.argv[1:]), ascii(os.environ["XX"]), ascii(sorted(os.listdir("."))))
print(os.path.exists("\\xe9"), os.environ.get("LC_CTYPE"))
try:
    print(os.fsencode("\\xe9"))
except UnicodeEncodeError as e:
    print(e)
"""
UTF8 = """utf-8 1 UTF-8 utf-8
[('utf-8', 'surrogateescape'), ('utf-8', 'surrogateescape'), ('utf-8', 'backslashreplace')]
['\\xe9', '\\udce9'] '\\xe9' ['\\xe9', '\\udce9']
True C.UTF-8
b'\\xc3\\xa9'
"""
ASCII = """ascii 0 ANSI_X3.4-1968 ANSI_X3.4-1968
[('ascii', 'surrogateescape'), ('ascii', 'surrogateescape'), ('ascii', 'backslashreplace')]
['\\udcc3\\udca9', '\\udce9'] '\\udcc3\\udca9' ['\\udcc3\\udca9', '\\udce9']
False None
'ascii' codec can't encode character '\\xe9' in position 0: ordinal not in range(128)
"""
LATIN = """iso8859-1 0 ISO-8859-1 ISO-8859-1
[('iso8859-1', 'strict'), ('iso8859-1', 'strict'), ('iso8859-1', 'backslashreplace')]
['\\xc3\\xa9', '\\xe9'] '\\xc3\\xa9' ['\\xc3\\xa9', '\\xe9']
True None
b'\\xe9'
"""


class LocaleEncodingsTest(unittest.TestCase):
    def run_in(self, options, **environment):
        with tempfile.TemporaryDirectory() as folder:
            for name in b"\xc3\xa9", b"\xe9":
                open(os.path.join(os.fsencode(folder), name), "w").close()
            return subprocess.run([sys.executable, "-S", *options, "-c", SHOW, b"\xc3\xa9",
                                   b"\xe9"], cwd=folder,
                                  env={b"XX": b"\xc3\xa9", **environment}, capture_output=True)

    def check(self, expected, options=(), **environment):
        p = self.run_in(options, **environment)
        self.assertEqual((p.stdout.decode("latin-1"), p.stderr), (expected, b""))

    def test_nothing_chosen(self):
        self.check(UTF8)
        self.check(UTF8, ["-I"])

    def test_ascii(self):
        self.check(ASCII, ["-Xutf8=0"], LC_ALL="C")
        self.check(ASCII, ["-Xutf8=0"], LC_ALL="POSIX")
        self.check(ASCII, [], LC_ALL="C", PYTHONUTF8="0")
        self.check(ASCII, [], PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")

    def test_warning(self):
        p = self.run_in(["-Xutf8=0"], LC_ALL="C", PYTHONCOERCECLOCALE="warn")
        self.assertRegex(p.stderr,
                         rb"^Python runtime initialized with LC_CTYPE=C \(a locale with default "
                         rb"ASCII")

    def test_latin(self):
        with tempfile.TemporaryDirectory() as folder:
            try:
                made = subprocess.run(["localedef", "-i", "en_US", "-f", "ISO-8859-1",
                                       folder + "/en_US.ISO-8859-1"],
                                      capture_output=True).returncode == 0
            except OSError:
                made = False
            if not made:
                self.skipTest("no localedef, or no sources of locales")
            self.check(LATIN, LC_ALL="en_US.ISO-8859-1", LOCPATH=folder)


if __name__ == "__main__":
    unittest.main()
