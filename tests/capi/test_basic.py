"""Functions, arguments, errors, strings: tests/capi/basic.c."""
import inspect
import sys
import types

from _build import build, raises

build("basic.c")
import basic

assert basic.__doc__ == "A module in C." and basic.ANSWER == 42 and basic.NAME == "basic"
assert basic.PI == 3.25 and basic.BIG == 2**64 - 1
assert issubclass(basic.Error, ValueError) and basic.Error.__module__ == "basic"
assert basic.__spec__.name == "basic" and basic.__file__ == basic.__spec__.origin
assert type(basic) is types.ModuleType

# calling conventions
assert basic.noargs() == "basic"
raises(TypeError, "basic.noargs() takes no arguments (1 given)", basic.noargs, 1)
raises(TypeError, "basic.noargs() takes no keyword arguments", basic.noargs, a=1)
assert [basic.one(x) for x in (21, 2**70, 1.5, "ab", -3, 0)] == [42, 2**71, 3.0, "abab", -6, 0]
raises(TypeError, "basic.one() takes exactly one argument (0 given)", basic.one)
raises(TypeError, "basic.one() takes exactly one argument (2 given)", basic.one, 1, 2)
assert basic.varargs(1) == (1, "none", 0.5, None)
assert basic.varargs(1, "x", 2.5, []) == (1, "x", 2.5, [])
raises(TypeError, "varargs() takes at least 1 argument (0 given)", basic.varargs)
raises(TypeError, "varargs() takes at most 4 arguments (6 given)", basic.varargs, 1, "x", 2,
       3, 4, 5)
raises(TypeError, "'str' object cannot be interpreted as an integer", basic.varargs, "x")
raises(TypeError, "varargs() argument 2 must be str, not int", basic.varargs, 1, 2)
raises(ValueError, "embedded null character", basic.varargs, 1, "a\0")
raises(OverflowError, "signed integer is greater than maximum", basic.varargs, 2**40)
raises(TypeError, "varargs() takes no keyword arguments", basic.varargs, a=1)
assert basic.keywords(1) == {"a": 1, "b": 2, "c": None}
assert basic.keywords(a=1, b=3) == {"a": 1, "b": 3, "c": None}
assert basic.keywords(1, 2, c=3) == {"a": 1, "b": 2, "c": 3}
raises(TypeError, "keywords() takes at most 2 positional arguments (3 given)", basic.keywords,
       1, 2, 3)
raises(TypeError, "keywords() missing required argument 'a' (pos 1)", basic.keywords)
raises(TypeError, "argument for keywords() given by name ('a') and position (1)", basic.keywords,
       1, a=2)
raises(TypeError, "'z' is an invalid keyword argument for keywords()", basic.keywords, 1, z=2)
raises(TypeError, "keywords() takes at most 3 arguments (5 given)", basic.keywords, 1, 2, 3, 4, 5)
assert basic.fast(*range(30)) == list(range(30))
assert basic.fast(1, 2.5, "x", None) == [1, 2.5, "x", None] and basic.fast() == []
assert basic.fast_keywords(1, 2, a=3, b=4) == (2, {"a": 3, "b": 4})

# errors
raises(basic.Error, "failed with [1] at 50%, text,    ab|   7|00ff|-1|q", basic.fail, [1])
try:
    basic.silent()
except SystemError as e:
    assert str(e) == "<built-in function silent> returned NULL without setting an exception"
else:
    raise AssertionError
assert basic.total(range(10)) == 45
raises(TypeError, "'str' object cannot be interpreted as an integer", basic.total, [1, "x"])
raises(TypeError, "'int' object is not iterable", basic.total, 5)


def key_error():
    raise KeyError(1)


def value_error():
    raise ValueError("v")


assert basic.catch(key_error) == "KeyError" and basic.catch(lambda: 7) == 7
kind, value, has_traceback = basic.catch(value_error)
assert kind is ValueError and str(value) == "v" and has_traceback == 1

# formats
f = basic.formats
assert f("y#", (b"abc",)) == 3
raises(TypeError, "a bytes-like object is required, not 'str'", f, "y#", ("x",))
raises(TypeError, "must be read-only bytes-like object, not bytearray", f, "y#", (bytearray(3),))
assert f("s*", ("h\xe9",)) == b"h\xc3\xa9" and f("y*", (bytearray(b"qq"),)) == b"qq"
data = bytearray(b"abc")
assert f("w*", (data,)) == b"xxx" and data == b"xxx"
raises(TypeError, "must be read-write bytes-like object, not bytes", f, "w*", (b"x",))
assert f("b", (255,)) == 255
raises(OverflowError, "unsigned byte integer is greater than maximum", f, "b", (256,))
raises(OverflowError, "unsigned byte integer is less than minimum", f, "b", (-1,))
assert f("K", (2**64 - 1,)) == 2**64 - 1 and f("K", (-1,)) == 2**64 - 1
raises(TypeError, "must be int, not float", f, "K", (1.5,))
assert f("z", (None,)) is None
raises(TypeError, "must be str or None, not int", f, "z", (3,))
assert f("C", ("\u20ac",)) == (0x20AC, "\u20ac")
raises(TypeError, "must be a unicode character, not str", f, "C", ("ab",))
assert f("et", ("h\xe9",)) == b"h\xe9" and f("et", (b"raw",)) == b"raw"
assert f("U", ("abc",)) == ("abc", 3)
assert f("(ii)p", ((1, 2), [])) == [1, 2, 0]
raises(TypeError, "pair() argument 1 must be sequence of length 2, not 3", f, "(ii)p",
       ((1, 2, 3), []))
raises(TypeError, "pair() argument 1 must be 2-item sequence, not int", f, "(ii)p", (5, []))
assert basic.unpack(1) == (1, None) and basic.unpack(1, 2) == (1, 2)
raises(TypeError, "unpack expected at least 1 argument, got 0", basic.unpack)
raises(TypeError, "unpack expected at most 2 arguments, got 3", basic.unpack, 1, 2, 3)

# calls out of C, text, dicts, threads
calls = basic.call_all(lambda *a, **k: (a, k))
assert (calls[:3] == [((1, "x"), {}), ((1, 2), {}), ((True, None), {})]
        and calls[4] == ((5,), {"k": 6}))
assert calls[3] == calls[:3]
assert basic.strings("abc") == ("cba", 1, "<abc|abc|'abc'>", "abc")
assert basic.strings("h\xe9\xff") == ("\xff\xe9h", 1, "<h\xe9\xff|h\xe9\xff|'h\\xe9\\xff'>",
                                      "h\xe9\xff")
text = "\u20ac\U0001f600x"
assert basic.strings(text) == (text[::-1], 4, f"<{text}|{text}|{ascii(text)}>", text)
assert basic.dicts({1: "a", "b": 2.0}) == [("a", 1), (2.0, "b")]
assert basic.without_gil(1000) == 499500.0

# what functions say of themselves
assert basic.one.__doc__ == "Twice x." and basic.one.__text_signature__ == "($module, x, /)"
assert (basic.one.__module__ == "basic" and basic.one.__qualname__ == "one"
        and basic.one.__self__ is basic)
assert repr(basic.one) == "<built-in function one>" and type(basic.one) is types.BuiltinFunctionType
assert str(inspect.signature(basic.one)) == "(x, /)"
assert (basic.fail.__doc__ is None and basic.describe(basic.fail, "Raises.") == "fail"
        and basic.fail.__doc__ == "Raises.")
raises(TypeError, "not undescribed", basic.describe, basic.one, "Twice.")
assert (basic.one == basic.one and hash(basic.one) == hash(basic.one)
        and basic.one != basic.fail != len)

# imported again after it was removed: m_size -1 keeps the module
module = basic
module.added = 1
module.ANSWER = 43
del sys.modules["basic"]
import basic
assert basic.ANSWER == 42 and basic.one(2) == 4
