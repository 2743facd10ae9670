"""What wrong calls of built-in functions and methods are answered with."""
import _random
import codecs
import collections
import operator
import ssl
import unittest


class WrongCallsTest(unittest.TestCase):
    def check(self, message, function, *args, error=TypeError, **keywords):
        with self.assertRaises(error) as caught:
            function(*args, **keywords)
        self.assertEqual(str(caught.exception), message)

    def test_attribute_names(self):
        def function():
            pass

        message = "attribute name must be string, not 'int'"
        for o in function, object(), Exception(), type("C", (), {})(), function.__code__, len, []:
            self.check(message, o.__getattribute__, 1)
            self.check(message, o.__setattr__, 1, 2)
            self.check(message, o.__delattr__, 1)

    def test_missing_before_unknown(self):
        """What is missing is told before what is not known."""
        self.check("round() missing required argument 'number' (pos 1)", round, zz=1)
        self.check("sum() takes at least 1 positional argument (0 given)", sum, zz=1)
        self.check("pow() missing required argument 'base' (pos 1)", pow, a=1, b=2)
        self.check("max expected at least 1 argument, got 0", max, zz=1)
        self.check("'zz' is an invalid keyword argument for max()", max, 1, zz=1)
        self.check("'zz' is an invalid keyword argument for sum()", sum, [], zz=1)
        self.check("argument for round() given by name ('number') and position (1)", round, 2,
                   number=1)
        self.check("from_bytes() missing required argument 'bytes' (pos 1)", int.from_bytes, a=1)

    def test_too_many(self):
        self.check("memoryview() takes at most 1 argument (2 given)", memoryview, 1, 2)
        self.check("memoryview() takes at most 1 keyword argument (2 given)", memoryview, a=1, b=2)
        self.check("super() expected at most 2 arguments, got 3", super, 1, 2, 3)
        self.check("find() takes no keyword arguments", "".find, zz=1)
        self.check("str.upper() takes no keyword arguments", "".upper, zz=1)

    def test_keywords_for_what_is_no_function(self):
        """That it cannot be called is told before what is wrong with the arguments."""
        for o, name in (5, "int"), (None, "NoneType"), (object(), "object"):
            for arguments in (), (1, 2):
                self.check(f"'{name}' object is not callable", lambda: o(*arguments, **{1: 2}))
                self.check(f"'{name}' object is not callable", lambda: o(*arguments, a=1, **{1: 2}))
        self.check("keywords must be strings", lambda: len(**{1: 2}))

    def test_none(self):
        """A wrong argument that is None is called so; others are called by their type."""
        self.check("format() argument 2 must be str, not None", format, 1, None)
        self.check("format() argument 2 must be str, not int", format, 1, 1)
        self.check("bytes() argument 'encoding' must be str, not None", bytes, "", None)
        self.check("bytearray() argument 'encoding' must be str, not int", bytearray, "", 1)
        self.check("str() argument 'encoding' must be str, not int", str, b"", 1, 2)
        self.check("to_bytes() argument 'byteorder' must be str, not int", (1).to_bytes, 1, 2)
        self.check("__format__() argument must be str, not None", (1).__format__, None)

    def test_keywords_of_exceptions(self):
        self.check("'zz' is an invalid keyword argument for AttributeError()", AttributeError, zz=1)
        self.check("'zz' is an invalid keyword argument for ImportError()",
                   ModuleNotFoundError, zz=1)
        self.check("NameError() takes at most 1 keyword argument (2 given)", NameError,
                   name="", zz=1)

    def test_keepends(self):
        for text in "a\n", b"a\n", bytearray(b"a\n"):
            self.assertEqual(len(text.splitlines(2)[0]), 2)
            self.check("'str' object cannot be interpreted as an integer", text.splitlines, "x")
            self.check("'NoneType' object cannot be interpreted as an integer",
                       text.splitlines, None)

    def test_deletion(self):
        class C:
            pass

        def delete(o):
            del o[0]

        self.check("'int' object does not support item deletion", delete, 1)
        self.check("'tuple' object doesn't support item deletion", delete, ())
        self.check("'C' object doesn't support item deletion", delete, C())

        def delete_key(o, key):
            del o[key]

        self.check("'str' object does not support item deletion", delete_key, "ab", "key")
        self.check("'set' object doesn't support item deletion", delete_key, {1}, 1)
        self.check("cannot fit 'int' into an index-sized integer", delete_key, "ab", 1 << 70,
                   error=IndexError)

    def test_setting(self):
        def set_item(o, key):
            o[key] = 1

        self.check("'str' object does not support item assignment", set_item, "ab", 1)
        self.check("'int' object does not support item assignment", set_item, 5, 1 << 70)
        self.check("cannot fit 'int' into an index-sized integer", set_item, "ab", 1 << 70,
                   error=IndexError)

    def test_multiplying(self):
        def multiply(a, b):
            a *= b

        self.check("unsupported operand type(s) for *=: 'dict' and 'list'", multiply, {}, [])
        self.check("can't multiply sequence by non-int of type 'dict'", operator.mul, {}, [])
        self.check("can't multiply sequence by non-int of type 'NoneType'", multiply, None, [])
        self.check("too many digits in integer", operator.lshift, 1, 1 << 70, error=OverflowError)
        self.assertEqual(0 << (1 << 70), 0)

    def test_slots(self):
        """Those that take two arguments have a blank in front."""
        self.check(" expected 2 arguments, got 1", None.__setattr__, 1)
        self.check(" expected 2 arguments, got 1", [].__setitem__, 1)
        self.check(" expected at least 1 argument, got 0", self.test_slots.__func__.__get__)
        self.check(" expected at most 2 arguments, got 3", (1).__pow__, 1, 2, 3)
        self.check("expected 1 argument, got 0", None.__delattr__)
        self.check("list.__getitem__() takes exactly one argument (2 given)", [].__getitem__, 1, 2)
        self.check("dict.__getitem__() takes exactly one argument (2 given)", {}.__getitem__, 1, 2)

    def test_pop_of_empty_dict(self):
        """Nothing is hashed where nothing can be found."""
        self.assertEqual({}.pop([], 1), 1)
        with self.assertRaises(KeyError):
            {}.pop([])
        self.check("unhashable type: 'list'", {1: 1}.pop, [])

    def test_codecs(self):
        self.check("lookup() argument must be str, not int", codecs.lookup, 1)
        self.check("ascii_encode() argument 1 must be str, not int", codecs.ascii_encode, 1)
        self.check("a bytes-like object is required, not 'int'", codecs.utf_8_decode, 1, 2)
        self.check("utf_8_decode() argument 2 must be str or None, not int", codecs.utf_8_decode,
                   b"", 2)
        self.check("'str' object cannot be interpreted as an integer", codecs.utf_8_decode, b"",
                   None, "")

    def test_attributes_of_errors(self):
        """What cannot be deleted is not told, so that nothing like it is suggested."""
        class C:
            name = 1

        for o in C(), C, 5, codecs:
            with self.assertRaises(AttributeError) as caught:
                del o.nume
            self.assertEqual((caught.exception.name, caught.exception.obj), (None, None))
        self.check("type object 'type' has no attribute '__annotations__'", getattr, type,
                   "__annotations__",
                   error=AttributeError)

    def test_error_numbers(self):
        self.assertIs(type(OSError(True, "x")), PermissionError)
        self.assertEqual(BlockingIOError(1, "a", 3).characters_written, 3)
        self.check("'float' object cannot be interpreted as an integer", BlockingIOError, 1,
                   "a", 2.5)

    def test_arguments_before_their_use(self):
        self.check("txt2obj() argument 'txt' must be str, not int", ssl._txt2obj, 1,
                   collections.UserList())
        self.check("cannot set 'x' attribute of immutable type 'ssl.SSLError'", setattr,
                   ssl.SSLError, "x", 1)
        self.check("Random() requires 0 or 1 argument", _random.Random, 1, 2)


if __name__ == "__main__":
    unittest.main()
