"""hashlib, hmac and key derivation on OpenSSL's digests."""
import hashlib
import hmac
import threading
import unittest


class DigestTest(unittest.TestCase):
    def test_known_values(self):
        self.assertEqual(hashlib.new("sha512_256", b"abc").hexdigest(),
                         "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23")
        self.assertEqual(hashlib.new("SHA256", b"").hexdigest()[:16], "e3b0c44298fc1c14")
        self.assertEqual(hashlib.shake_128(b"").hexdigest(4), "7f9c2ba4")
        self.assertEqual(hashlib.new("ripemd160", b"").hexdigest()[:8], "9c1185a5")

    def test_names(self):
        self.assertLessEqual({"md5", "sha3_256", "blake2b", "shake_256", "sm3"},
                             hashlib.algorithms_available)
        self.assertEqual(hashlib.new("sha3-256").name, "sha3_256")
        self.assertRaises(ValueError, hashlib.new, "no such digest")
        self.assertRaises(TypeError, hashlib.new, "md5", "text")

    def test_copies_go_their_own_way(self):
        one = hashlib.sha384(b"a")
        two = one.copy()
        one.update(b"b")
        two.update(b"c")
        self.assertEqual(one.digest(), hashlib.sha384(b"ab").digest())
        self.assertEqual(two.digest(), hashlib.sha384(b"ac").digest())

    def test_shared_by_threads(self):
        shared = hashlib.sha1()
        threads = [threading.Thread(target=lambda: [shared.update(b"x" * 4096) for _ in range(50)])
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(shared.digest(), hashlib.sha1(b"x" * 4096 * 200).digest())


class HmacTest(unittest.TestCase):
    def test_known_value(self):
        code = hmac.new(b"Jefe", b"what do ya want for nothing?", "sha256")
        self.assertEqual(code.hexdigest()[:16], "5bdcc146bf60754e")
        self.assertEqual(code.name, "hmac-sha256")
        self.assertTrue(hmac.compare_digest(code.digest(),
                                            hmac.digest(b"Jefe", b"what do ya want for nothing?",
                                                        "sha256")))

    def test_digestmods(self):
        for mod in "sha1", hashlib.sha1, lambda *args: hashlib.sha1(*args):
            self.assertEqual(hmac.new(b"k", b"m", mod).digest(), hmac.digest(b"k", b"m", "sha1"))
        self.assertRaises(ValueError, hmac.new, b"k", b"m", "no such digest")


class KeyTest(unittest.TestCase):
    def test_pbkdf2(self):
        self.assertEqual(hashlib.pbkdf2_hmac("sha1", b"password", b"salt", 2),
                         hashlib.pbkdf2_hmac("sha1", bytearray(b"password"), memoryview(b"salt"),
                                             2, 20))
        self.assertEqual(hashlib.pbkdf2_hmac("sha1", b"password", b"salt", 1).hex(),
                         "0c60c80f961f0e71f3a9b524af6012062fe037a6")
        self.assertRaises(ValueError, hashlib.pbkdf2_hmac, "sha1", b"p", b"s", 0)

    def test_hmac(self):
        for key, data, sha256 in (
                (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
                (b"Jefe", b"what do ya want for nothing?",
                 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
                (b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First",
                 "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")):
            self.assertEqual(hmac.new(key, data, "sha256").hexdigest(), sha256)
        for name in sorted(hashlib.algorithms_guaranteed):
            if name.startswith("shake"):
                self.assertRaises(ValueError, hmac.digest, b"k", b"m", name)
                continue
            for n in 0, 1, 63, 64, 65, 128, 129, 300:
                key, data = b"k" * n, b"m" * (7 * n)
                by_hand = hmac.new(key, data, lambda d=b"": hashlib.new(name, d))
                h = hmac.new(bytearray(key), digestmod=name)
                h.update(data[:5])
                other = h.copy()
                h.update(memoryview(data)[5:])
                self.assertEqual(h.digest(), by_hand.digest())
                self.assertEqual(h.hexdigest(), hmac.digest(key, data, name).hex())
                self.assertEqual(other.digest(), hmac.digest(key, data[:5], name))
                self.assertEqual(h.digest_size, by_hand.digest_size)
                self.assertEqual((h.block_size, h.name), (by_hand.block_size, "hmac-" + name))

    def test_compare_digest(self):
        for a, b, equal in ((b"", b"", True), (b"ab", bytearray(b"ab"), True), ("ab", "ab", True),
                            (b"ab", b"ac", False), (b"ab", b"a", False), ("ab", "abc", False),
                            (memoryview(b"ab"), b"ab", True)):
            self.assertIs(hmac.compare_digest(a, b), equal)
            self.assertIs(hmac.compare_digest(b, a), equal)
        for a, b, message in (
                (1, "a", "unsupported operand types(s) or combination of types: 'int' and 'str'"),
                ("a", b"a", "a bytes-like object is required, not 'str'"),
                (b"a", None, "a bytes-like object is required, not 'NoneType'"),
                ("é", "é", "comparing strings with non-ASCII characters is not supported")):
            with self.assertRaises(TypeError) as raised:
                hmac.compare_digest(a, b)
            self.assertEqual(str(raised.exception), message)

    def test_scrypt(self):
        key = hashlib.scrypt(b"", salt=b"", n=16, r=1, p=1, dklen=64)
        self.assertEqual(key.hex()[:32], "77d6576238657b203b19ca42c18a0497")
        self.assertRaises(ValueError, hashlib.scrypt, b"", salt=b"", n=3, r=1, p=1)
        self.assertRaises(TypeError, hashlib.scrypt, b"", n=2, r=1, p=1)


if __name__ == "__main__":
    unittest.main()
