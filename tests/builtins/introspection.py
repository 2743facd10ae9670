"""What built-in types and functions tell of themselves: docstrings, signatures, modules, pickling
refusals."""
import __future__
import builtins
import copy
import inspect
import itertools
import os
import pickle
import sys
import time
import types
import unittest


class SignatureTest(unittest.TestCase):
    def check(self, obj, text):
        self.assertEqual(str(inspect.signature(obj)), text)

    def test_iterators(self):
        self.check(itertools.combinations, "(iterable, r)")
        self.check(itertools.accumulate, "(iterable, func=None, *, initial=None)")
        self.check(itertools.tee, "(iterable, n=2, /)")
        self.assertRaises(ValueError, inspect.signature, itertools.product)

    def test_types(self):
        self.check(types.MethodType, "(function, instance, /)")
        self.assertIn("co_positions", dir(types.CodeType))
        self.assertTrue(str(inspect.signature(types.CodeType)).startswith("(argcount, "
                                                                          "posonlyargcount,"))

    def test_modules_of_types(self):
        for kind in (types.FunctionType, types.BuiltinFunctionType, types.CodeType, type, int,
                     property):
            self.assertEqual(kind.__module__, "builtins")

    def test_docstrings(self):
        for name, value in vars(builtins).items():
            if (inspect.isroutine(value) or isinstance(value, type)) and name != "ExceptionGroup":
                self.assertTrue(value.__doc__, name)

    def test_fields_of_struct_sequences(self):
        for seq in (sys.version_info, sys.flags, sys.float_info, sys.int_info, sys.hash_info,
                    sys.thread_info,
                    os.stat("."), os.times(), os.uname(), time.gmtime(0), sys.get_asyncgen_hooks()):
            fields = {k: v for k, v in vars(type(seq)).items() if inspect.ismemberdescriptor(v)}
            self.assertGreaterEqual(len(fields), len(seq) - type(seq).n_unnamed_fields)
            for field, member in fields.items():
                self.assertTrue(member.__doc__, (seq, field))
                getattr(seq, field)
        self.assertEqual(repr(os.terminal_size((80, 24))), "os.terminal_size(columns=80, lines=24)")


class DictionaryOfTypesTest(unittest.TestCase):
    def test_exceptions_have_constructors(self):
        for kind in ValueError, KeyError, FileNotFoundError, Warning:
            self.assertIn("__init__", vars(kind))
        self.assertIn("__new__", vars(ValueError))
        self.assertNotIn("__new__", vars(FileNotFoundError))

    def test_getattribute(self):
        for kind in int, str, list, dict, BaseException, range, zip:
            self.assertIn("__getattribute__", vars(kind))
        self.assertNotIn("__getattribute__", vars(bool))

    def test_contains_is_a_method(self):
        self.assertIsInstance(frozenset([1]).__contains__, types.BuiltinFunctionType)

        class Mine(frozenset):
            pass

        class Other(set):
            def __contains__(self, item):
                return True

        self.assertIn(1, Mine([1]))
        self.assertNotIn(2, Mine([1]))
        self.assertIn(2, Other())

    def test_mapping_proxies_have_no_hash(self):
        self.assertRaises(TypeError, hash, types.MappingProxyType({}))

    def test_dict_of_a_metaclass_with_another_base(self):
        class Base:
            pass

        class Meta(Base, type):
            pass

        class C(metaclass=Meta):
            pass

        self.assertIsInstance(C.__dict__, types.MappingProxyType)
        self.assertRaises(AttributeError, setattr, C, "__dict__", {})


class WrongSlotTest(unittest.TestCase):
    def test_method_of_an_unrelated_type(self):
        class A(int):
            __add__ = str.__add__

        a = A()
        self.assertRaises(TypeError, lambda: a + a)
        self.assertEqual(1 + a, 1)


class RefusalTest(unittest.TestCase):
    def test_words(self):
        self.assertRaisesRegex(TypeError, "cannot pickle memoryview objects", pickle.dumps,
                               memoryview(b""))
        self.assertRaises(TypeError, pickle.dumps, compile("0", "", "eval"))
        self.assertRaises(TypeError, copy.copy, memoryview(b""))


class SystemTest(unittest.TestCase):
    def test_dlopen_flags(self):
        old = sys.getdlopenflags()
        try:
            sys.setdlopenflags(1)
            self.assertEqual(sys.getdlopenflags(), 1)
        finally:
            sys.setdlopenflags(old)

    def test_clocks(self):
        self.assertRaises(OSError, time.clock_settime, time.CLOCK_MONOTONIC, 1.0)
        self.assertRaises(ValueError, time.clock_settime, time.CLOCK_REALTIME, float("nan"))
        self.assertRaises(TypeError, time.clock_settime_ns, time.CLOCK_REALTIME, 1.5)
        self.assertRaises(TypeError, time.pthread_getcpuclockid, "x")

    def test_types_with_two_docs(self):
        self.assertIn("type", type.__doc__)
        self.assertIn("ttribute", property.__doc__)
        self.assertIsNone(type("T", (), {}).__doc__)
        self.assertEqual(property(doc="d").__doc__, "d")

    def test_names_in_comprehensions(self):
        """What is defined in a comprehension is not a local thing of it."""
        where = type(self).__qualname__ + ".test_names_in_comprehensions.<locals>."
        self.assertEqual([lambda: 0 for i in "a"][0].__qualname__, where + "<listcomp>.<lambda>")
        self.assertEqual(next(lambda: 0 for i in "a").__qualname__, where + "<genexpr>.<lambda>")
        self.assertEqual((lambda: lambda: 0)().__qualname__, where + "<lambda>.<locals>.<lambda>")

    def test_wrapped_by_except_star(self):
        try:
            raise ValueError(1)
        except* ValueError as caught:
            group = caught
        self.assertEqual(repr(group), "ExceptionGroup('', (ValueError(1),))")

    def test_deleting_an_unset_slot(self):
        class Slotted:
            __slots__ = "field"

        with self.assertRaises(AttributeError) as caught:
            del Slotted().field
        self.assertEqual(str(caught.exception), "field")

    def test_future_flags(self):
        for name in __future__.all_feature_names:
            compile("", "<test>", "exec", getattr(__future__, name).compiler_flag)


if __name__ == "__main__":
    unittest.main()
