"""ctypes: simple types, structures, unions, arrays, pointers, what is kept alive, wrong use."""
import array
import gc
import pickle
import unittest
import weakref
from ctypes import *


class Point(Structure):
    _fields_ = [("x", c_int), ("y", c_int)]


class Bits(Structure):
    _fields_ = [("a", c_uint, 3), ("b", c_int, 5), ("c", c_uint, 24), ("d", c_longlong, 40)]


class Either(Union):
    _fields_ = [("whole", c_uint32), ("parts", c_uint8 * 4)]


class Outer(Structure):
    _anonymous_ = ["either"]
    _fields_ = [("tag", c_char), ("either", Either), ("name", c_char * 8), ("next", POINTER(Point))]


class SimpleTest(unittest.TestCase):
    def test_numbers(self):
        for kind, bits, signed in ((c_byte, 8, True), (c_ushort, 16, False), (c_int, 32, True),
                                   (c_uint64, 64, False)):
            for n in (0, 1, -1, 2**bits - 1, 2**(bits - 1), -2**100 + 5, 10**40):
                low = n & (2**bits - 1)
                self.assertEqual(kind(n).value, low - 2**bits if signed and low >> (bits - 1)
                                 else low)
        self.assertEqual(c_float(0.5).value, 0.5)
        self.assertEqual(c_longdouble(1e300).value, 1e300)
        self.assertIs(c_bool([0]).value, True)
        self.assertEqual(repr(c_short(-3)), "c_short(-3)")
        self.assertEqual([bool(c_int(0)), bool(c_double(1.0))], [False, True])

    def test_text(self):
        self.assertEqual([c_char(b"x").value, c_wchar("\U0001f600").value], [b"x", "\U0001f600"])
        self.assertEqual([c_char_p(b"abc").value, c_wchar_p("ab\u20ac").value, c_char_p().value],
                         [b"abc", "ab\u20ac", None])
        s = create_string_buffer(b"hello", 10)
        self.assertEqual((s.value, s.raw, len(s)), (b"hello", b"hello" + bytes(5), 10))
        s.value = b"abc"
        self.assertEqual(s.raw, b"abc\0o" + bytes(5))
        u = create_unicode_buffer("grüße")
        self.assertEqual((u.value, u[1:4], len(u)), ("grüße", "rüß", 6))

    def test_wrong(self):
        for kind, value, message in (
                (c_int, "1", "'str' object cannot be interpreted as an integer"),
                (c_double, "1", "must be real number, not str"),
                (c_char, b"ab", "one character bytes, bytearray or integer expected"),
                (c_wchar, b"a", "unicode string expected instead of bytes instance"),
                (c_char_p, "a", "bytes or integer address expected instead of str instance"),
                (c_void_p, "a", "cannot be converted to pointer")):
            with self.assertRaises(TypeError) as caught:
                kind(value)
            self.assertEqual(str(caught.exception), message)
        with self.assertRaisesRegex(ValueError, "NULL"):
            py_object().value
        with self.assertRaises(TypeError):
            hash(c_int())

    def test_byte_order(self):
        self.assertEqual(bytes(c_int32.__ctype_be__(1)), b"\0\0\0\1")
        self.assertEqual(c_double.__ctype_be__(1.5).value, 1.5)

        class Net(BigEndianStructure):
            _fields_ = [("a", c_uint16), ("b", c_uint32), ("top", c_uint16, 4),
                        ("low", c_uint16, 12)]
        n = Net(1, 2, 3, 4)
        self.assertEqual(bytes(n), b"\0\1\0\0\0\0\0\2\x30\x04\0\0")
        self.assertEqual((n.top, n.low), (3, 4))
        self.assertEqual(memoryview(n).format, "T{>H:a:>I:b:>H:top:>H:low:}")

    def test_objects(self):
        for value in (None, 7, 10**6, 2.5, "text", [1]):
            self.assertEqual(py_object(value).value, value)
        boxes = (py_object * 3)()
        for i in range(3):
            boxes[i] = 10**6 + i
        gc.collect()
        self.assertEqual([boxes[i] for i in range(3)], [10**6, 10**6 + 1, 10**6 + 2])


class FieldTest(unittest.TestCase):
    def test_layout(self):
        class Packed(Structure):
            _pack_ = 1
            _fields_ = [("a", c_char), ("b", c_double)]
        self.assertEqual((sizeof(Packed), alignment(Packed), Packed.b.offset), (9, 1, 1))
        self.assertEqual((sizeof(Outer), Outer.either.offset, Outer.name.offset, Outer.next.offset),
                         (24, 4, 8, 16))
        self.assertEqual(repr(Bits.b), "<Field type=c_int, ofs=0:3, bits=5>")
        self.assertEqual((sizeof(Bits), Bits.c.size), (16, 24 << 16 | 8))

    def test_bits(self):
        b = Bits(a=9, b=-5, c=2**24 + 7, d=-(2**39))
        self.assertEqual((b.a, b.b, b.c, b.d), (1, -5, 7, -(2**39)))

    def test_init(self):
        class Third(Point):
            _fields_ = [("z", c_int)]
        t = Third(1, 2, z=3)
        self.assertEqual((t.x, t.y, t.z, sizeof(t)), (1, 2, 3, 12))
        for args, kw, message in (((1, 2, 3), {}, "too many initializers"),
                                  ((1,), {"x": 2}, "duplicate values for field 'x'")):
            with self.assertRaises(TypeError) as caught:
                Point(*args, **kw)
            self.assertEqual(str(caught.exception), message)

    def test_union(self):
        o = Outer(b"t", name=b"long one")
        o.whole = 0x01020304
        self.assertEqual((list(o.parts), o.either.whole, o.name),
                         ([4, 3, 2, 1], 0x01020304, b"long one"))

    def test_union_in_structure(self):
        class Value(Union):
            _fields_ = [("n", c_longlong), ("d", c_double), ("p", c_void_p)]

        class Tagged(Structure):
            _fields_ = [("tag", c_ubyte), ("value", Value), ("rest", Value * 2)]
        v = Tagged(1, Value(d=1.0))
        v.rest[1].n = -1
        self.assertEqual((v.value.n, v.rest[1].p, sizeof(v)), (0x3FF0 << 48, 2**64 - 1, 32))

    def test_final(self):
        class Used(Structure):
            pass
        Used()
        with self.assertRaisesRegex(AttributeError, "_fields_ is final"):
            Used._fields_ = []

        class Me(Structure):
            pass
        with self.assertRaisesRegex(AttributeError, "Structure or union cannot contain itself"):
            Me._fields_ = [("me", Me)]
        for fields, error in (([("a", 3)], TypeError), ([("a",)], TypeError), (5, TypeError),
                              ([("a", c_int, 33)], ValueError),
                              ([("a", c_double, 3)], TypeError), ([("a", c_int, 0)], ValueError)):
            with self.assertRaises(error):
                type("S", (Structure,), {"_fields_": fields})

    def test_foreign_field(self):
        """A field of one class does not reach behind a smaller instance of another."""
        with self.assertRaises(TypeError):
            Point.y.__get__(3)
        with self.assertRaises(TypeError):
            Point.x.__set__("text", 3)
        with self.assertRaises(TypeError):
            del Point().x

    def test_pickle(self):
        p = pickle.loads(pickle.dumps(Point(3, 4)))
        self.assertEqual((p.x, p.y), (3, 4))
        with self.assertRaisesRegex(ValueError, "containing pointers"):
            pickle.dumps(Outer())


class ArrayTest(unittest.TestCase):
    def test_items(self):
        a = (c_int * 4)(1, 2, 3)
        self.assertEqual((list(a), a[-1], a[1:3], a[::-2]), ([1, 2, 3, 0], 0, [2, 3], [0, 2]))
        a[1:3] = 20, 30
        a[-1] = 40
        self.assertEqual(list(a), [1, 20, 30, 40])
        for key in (4, -5, 2**70):
            with self.assertRaises(IndexError):
                a[key]
        with self.assertRaisesRegex(ValueError, "same size"):
            a[0:2] = [1]
        with self.assertRaisesRegex(TypeError, "deletion"):
            del a[0]

    def test_types(self):
        self.assertIs(c_int * 3, c_int * 3)
        self.assertEqual((c_int * 3).__name__, "c_int_Array_3")
        self.assertEqual(memoryview((Point * 2 * 3)()).shape, (3, 2))
        for n, error in ((-1, ValueError), (2**62, OverflowError), ("a", TypeError)):
            with self.assertRaises(error):
                c_int * n

    def test_nested(self):
        table = (Point * 2 * 2)()
        table[1][0] = (7, 8)
        row = table[1]
        self.assertEqual((row[0].x, table[1][0].y), (7, 8))
        self.assertIs(row._b_base_, table)


class PointerTest(unittest.TestCase):
    def test_contents(self):
        i = c_int(42)
        p = pointer(i)
        p.contents.value += 1
        p[0] += 1
        self.assertEqual(i.value, 44)
        self.assertIs(POINTER(c_int), type(p))
        self.assertFalse(POINTER(c_int)())
        with self.assertRaisesRegex(ValueError, "NULL pointer access"):
            POINTER(c_int)().contents
        with self.assertRaisesRegex(ValueError, "NULL pointer access"):
            POINTER(c_int)()[0] = 1
        with self.assertRaisesRegex(TypeError, "expected c_int instead of int"):
            p.contents = 1

    def test_keeps_alive(self):
        class Held(Structure):
            _fields_ = [("n", c_int)]
        h = Held(5)
        ref = weakref.ref(h)
        p = pointer(h)
        del h
        gc.collect()
        self.assertEqual((p.contents.n, ref() is not None), (5, True))
        o = Outer(next=pointer(Point(1, 2)))
        gc.collect()
        self.assertEqual(o.next[0].y, 2)

    def test_cast(self):
        a = (c_uint8 * 4)(1, 2, 3, 4)
        p = cast(a, POINTER(c_uint32))
        del a
        gc.collect()
        self.assertEqual(p[0], 0x04030201)
        with self.assertRaisesRegex(TypeError, "must be a pointer type, not c_int"):
            cast(p, c_int)

    def test_slices(self):
        p = cast(create_string_buffer(b"abcdef"), POINTER(c_char))
        self.assertEqual((p[:3], p[4:1:-1]), (b"abc", b"edc"))
        with self.assertRaisesRegex(ValueError, "slice stop is required"):
            p[1:]


class BufferTest(unittest.TestCase):
    def test_shared(self):
        a = array.array("i", [1, 2, 3])
        p = Point.from_buffer(a, 4)
        p.y = 30
        self.assertEqual(a[2], 30)
        self.assertEqual(Point.from_buffer_copy(a).x, 1)
        for args, error, message in (((a, 8), ValueError, "Buffer size too small"),
                                     ((a, -1), ValueError, "offset cannot be"),
                                     ((bytes(8),), TypeError, "not writable")):
            with self.assertRaisesRegex(error, message):
                Point.from_buffer(*args)

    def test_exporter_stays(self):
        """What shares the memory of a bytearray keeps it in place, and lets go of it at its end."""
        b = bytearray(b"abcd")
        n = c_uint16.from_buffer(b, 1)
        with self.assertRaises(BufferError):
            b.extend(b"x" * 5000)
        n.value = 0x4142
        self.assertEqual(b, b"aBAd")
        del n
        gc.collect()
        b.extend(b"x")

    def test_exported(self):
        m = memoryview(Point(1, 2))
        self.assertEqual((m.format, m.nbytes, m.itemsize, m.readonly),
                         ("T{<i:x:<i:y:}", 8, 8, False))
        self.assertEqual(memoryview((c_double * 2)(1, 2)).format, "<d")

    def test_resize(self):
        """A view of the old memory stays good."""
        s = create_string_buffer(b"x" * 99)
        m = memoryview(s).cast("B")
        resize(s, 5000)
        gc.collect()
        self.assertEqual((sizeof(s), m[98], s.raw[:99]), (5000, 120, b"x" * 99))
        with self.assertRaisesRegex(ValueError, "minimum size is 100"):
            resize(s, 5)
        with self.assertRaisesRegex(ValueError, "doesn't own it"):
            resize(Outer().either, 100)

    def test_memory(self):
        a, b = create_string_buffer(b"abcdef"), create_string_buffer(7)
        memmove(b, a, 4)
        memset(byref(b, 1), ord("-"), 2)
        self.assertEqual((b.raw, string_at(a, 3), string_at(b)), (b"a--d\0\0\0", b"abc", b"a--d"))
        self.assertEqual(wstring_at(create_unicode_buffer("wide"), 2), "wi")


class AbstractTest(unittest.TestCase):
    def test_abstract(self):
        for base in (Structure, Union):
            with self.assertRaisesRegex(TypeError, "abstract class"):
                base()
        for use in (sizeof, alignment, addressof, byref):
            with self.assertRaises(TypeError):
                use(object())

        class Loose(Structure.__base__):
            pass
        with self.assertRaises(TypeError):
            sizeof(Loose)


if __name__ == "__main__":
    unittest.main()
