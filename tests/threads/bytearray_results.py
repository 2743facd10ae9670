"""Results of bytearray's operators and methods once a second thread has been started."""
import threading
import unittest


class ResultTest(unittest.TestCase):
    def setUp(self):
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()

    def test_new_arrays_have_their_contents(self):
        one = bytearray(b"Word")
        table = bytes.maketrans(b"o", b"0")
        results = {
            "concat": (one + b"s", b"Words"),
            "repeat": (one * 2, b"WordWord"),
            "upper": (one.upper(), b"WORD"),
            "ljust": (one.ljust(6, b"."), b"Word.."),
            "center": (one.center(6, b"."), b".Word."),
            "zfill": (bytearray(b"-7").zfill(4), b"-007"),
            "replace": (one.replace(b"o", b"oo"), b"Woord"),
            "replace same": (one.replace(b"o", b"0"), b"W0rd"),
            "translate": (one.translate(table), b"W0rd"),
            "expandtabs": (bytearray(b"a\tb").expandtabs(2), b"a b"),
            "join": (one.join([b"1", b"2"]), b"1Word2"),
            "slice": (one[1:3], b"or"),
            "step": (one[::-1], b"droW"),
            "copy": (one.copy(), b"Word"),
            "mod": (bytearray(b"%s!") % b"x", b"x!"),
            "partition": (one.partition(b"o")[2], b"rd"),
        }
        for name, (found, expected) in results.items():
            self.assertEqual(bytes(found), expected, name)
            self.assertIs(type(found), bytearray, name)


if __name__ == "__main__":
    unittest.main()
