"""ctypes: foreign functions, conversions of arguments and results, callbacks, errno, libraries."""
import ctypes.util
import errno
import gc
import sys
import unittest
from ctypes import *

libc = CDLL(None, use_errno=True)
libm = CDLL(ctypes.util.find_library("m") or "libm.so.6")


class Div(Structure):
    _fields_ = [("quot", c_long), ("rem", c_long)]


class CallTest(unittest.TestCase):
    def test_types(self):
        self.assertEqual(libc.abs(-3), 3)
        libm.pow.restype = c_double
        libm.pow.argtypes = [c_double, c_double]
        self.assertEqual(libm.pow(2, 10), 1024.0)
        libc.strchr.restype = c_char_p
        libc.strchr.argtypes = [c_char_p, c_char]
        self.assertEqual((libc.strchr(b"abc", b"b"), libc.strchr(b"abc", b"z")), (b"bc", None))
        libc.ldiv.restype = Div
        libc.ldiv.argtypes = [c_long, c_long]
        d = libc.ldiv(17, 5)
        self.assertEqual((d.quot, d.rem), (3, 2))
        libc.wcslen.argtypes = [c_wchar_p]
        self.assertEqual(libc.wcslen("häß"), 3)

    def test_variadic(self):
        buf = create_string_buffer(50)
        libc.snprintf.argtypes = [c_char_p, c_size_t, c_char_p]
        n = libc.snprintf(buf, 50, b"%d %s %.2f", 5, b"text", c_double(2.5))
        self.assertEqual(buf.value[:n], b"5 text 2.50")

    def test_out_parameters(self):
        proto = CFUNCTYPE(c_double, c_double, POINTER(c_int))
        frexp = proto(("frexp", libm), ((1, "x"), (2, "exp")))
        self.assertEqual((frexp(8.0), frexp(x=0.5)), (4, 0))
        with self.assertRaisesRegex(TypeError, "required argument 'x' missing"):
            frexp()
        with self.assertRaisesRegex(TypeError, "call takes exactly 1 arguments"):
            frexp(1.0, 2)
        with self.assertRaisesRegex(ValueError, "same length as argtypes"):
            proto(("frexp", libm), ((1,),))

    def test_errcheck(self):
        f = CFUNCTYPE(c_int, c_int)(("abs", libc))
        f.errcheck = lambda result, func, args: (result, func is f, args)
        self.assertEqual(f(-4), (4, True, (-4,)))
        f.errcheck = lambda result, func, args: args
        self.assertEqual(f(-4), 4)
        f.restype = lambda n: n * 2
        f.errcheck = lambda result, func, args: result
        self.assertEqual(f(-4), 8)

    def test_wrong(self):
        f = CFUNCTYPE(c_int, c_int)(("abs", libc))
        for args, error, message in (((), TypeError, "takes at least 1 argument "),
                                     (("x",), ArgumentError, "argument 1: TypeError: wrong type")):
            with self.assertRaisesRegex(error, message):
                f(*args)
        with self.assertRaisesRegex(ArgumentError, "Don't know how to convert parameter 1"):
            libc.labs(object())
        with self.assertRaisesRegex(ArgumentError, "int too long to convert"):
            libc.labs(2**80)
        with self.assertRaises(AttributeError):
            libc.no_such_function_here
        with self.assertRaises(OSError):
            CDLL("/no/such/library.so")
        with self.assertRaises(TypeError):
            f.argtypes = [3]
        with self.assertRaises(TypeError):
            f.restype = 3
        with self.assertRaises(TypeError):
            f.errcheck = 3
        with self.assertRaises(TypeError):
            CFUNCTYPE(c_int)("name")

    def test_as_parameter(self):
        class Wrapped:
            _as_parameter_ = -7
        self.assertEqual(libc.abs(Wrapped()), 7)

    def test_errno(self):
        set_errno(0)
        libc.close(-1)
        self.assertEqual(get_errno(), errno.EBADF)
        self.assertEqual((set_errno(5), get_errno()), (errno.EBADF, 5))

    def test_in_dll(self):
        self.assertIsInstance(c_void_p.in_dll(libc, "stdout").value, int)
        with self.assertRaises(ValueError):
            c_int.in_dll(libc, "no_such_symbol_here")

    def test_python(self):
        pythonapi.PyLong_FromLong.restype = py_object
        self.assertEqual(pythonapi.PyLong_FromLong(c_long(12345678)), 12345678)
        pythonapi.PyObject_GetAttrString.argtypes = [py_object, c_char_p]
        pythonapi.PyObject_GetAttrString.restype = py_object
        self.assertEqual(pythonapi.PyObject_GetAttrString(3 + 4j, b"imag"), 4.0)
        with self.assertRaises(AttributeError):
            pythonapi.PyObject_GetAttrString(3, b"nothing")


class CallbackTest(unittest.TestCase):
    def test_sort(self):
        compare = CFUNCTYPE(c_int, POINTER(c_int), POINTER(c_int))
        a = (c_int * 6)(5, 1, 4, 1, 5, 9)
        libc.qsort(a, len(a), sizeof(c_int), compare(lambda x, y: x[0] - y[0]))
        self.assertEqual(list(a), [1, 1, 4, 5, 5, 9])

    def test_types(self):
        for kind, value in ((c_byte, -3), (c_ushort, 60000), (c_int, -2**31),
                            (c_ulonglong, 2**64 - 1), (c_float, 0.5),
                            (c_double, 1e100), (c_longdouble, 2.5), (c_char, b"x"),
                            (c_wchar, "\u20ac"), (c_bool, True),
                            (c_void_p, 12345), (py_object, [1])):
            f = CFUNCTYPE(kind, kind)(lambda x: x)
            self.assertEqual(f(value), value)

    def test_struct(self):
        seen = []
        f = CFUNCTYPE(c_long, Div)(lambda d: seen.append((d.quot, d.rem)) or d.quot + d.rem)
        self.assertEqual((f(Div(30, 4)), seen), (34, [(30, 4)]))

    def test_errors(self):
        caught = []
        hook, sys.unraisablehook = sys.unraisablehook, lambda u: caught.append(type(u.exc_value))
        try:
            self.assertEqual(CFUNCTYPE(c_int)(lambda: 1 / 0)(), 0)
            self.assertEqual(CFUNCTYPE(c_int)(lambda: "x")(), 0)
        finally:
            sys.unraisablehook = hook
        self.assertEqual(caught, [ZeroDivisionError, TypeError])
        with self.assertRaisesRegex(TypeError, "invalid result type for callback"):
            CFUNCTYPE(POINTER(c_int))(lambda: None)

    def test_kept_alive(self):
        proto = CFUNCTYPE(c_int, c_int)
        functions = [proto(lambda x, k=k: x + k) for k in range(200)]
        addresses = [cast(f, c_void_p).value for f in functions]
        gc.collect()
        self.assertEqual([proto(a)(1000) for a in addresses], [1000 + k for k in range(200)])

    def test_nested(self):
        proto = CFUNCTYPE(c_int, c_int)
        f = proto(lambda n: 1 if n == 0 else n * f(n - 1))
        self.assertEqual(f(10), 3628800)


if __name__ == "__main__":
    unittest.main()
