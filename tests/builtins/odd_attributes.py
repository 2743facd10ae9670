"""Attribute lookup where namespaces hold keys that are no plain strings, and classes whose bases or
orders are unusual."""
import types
import unittest


class Name(str):
    pass


class Odd:
    """Equal to the text it is made from, without being a string."""

    def __init__(self, text, effect=None):
        self.text, self.effect = text, effect

    def __hash__(self):
        return hash(self.text)

    def __eq__(self, other):
        if self.effect:
            self.effect()
        return self.text == other


class KeysTest(unittest.TestCase):
    def test_instance(self):
        class C:
            pass

        c = C()
        c.__dict__.update({Name("a"): 1, Odd("b"): 2})
        self.assertEqual((c.a, c.b, getattr(c, Name("a"))), (1, 2, 1))
        self.assertFalse(hasattr(c, "z"))

    def test_class(self):
        D = type("D", (), {Name("m"): 1, Odd("n"): 2, Name("__len__"): lambda self: 7})
        self.assertEqual((D.m, D.n, D().m, D().n, len(D())), (1, 2, 1, 2, 7))

    def test_module_and_globals(self):
        m = types.ModuleType("m")
        m.__dict__[Odd("x")] = 3
        m.__dict__[Name("y")] = 4
        self.assertEqual((m.x, m.y), (3, 4))
        out = []
        exec("def f(): return x, y\nout.append(f())\nout.append((x, y))",
             {Name("x"): 1, Odd("y"): 2, "out": out})
        self.assertEqual(out, [(1, 2)] * 2)

    def test_errors_of_eq(self):
        class C:
            pass

        def fail():
            raise ZeroDivisionError

        c = C()
        c.__dict__[Odd("a", fail)] = 1
        self.assertRaises(ZeroDivisionError, getattr, c, "a")
        D = type("D", (), {Odd("b", fail): 1})
        self.assertFalse(hasattr(D, "b"))

    def test_bases_change_during_lookup(self):
        def change():
            X.__bases__ = (Second,)

        First, Second = (type(n, (), {"a": n, "b": n}) for n in ("First", "Second"))
        X = type("X", (First,), {Odd("a", change): 5})
        self.assertEqual(X.a, 5)
        self.assertEqual(X.b, "Second")


class ClassTest(unittest.TestCase):
    def test_wrapper_of_another_class(self):
        class A(int):
            __eq__ = str.__eq__
            __add__ = str.__add__
            __len__ = list.__len__

        a = A()
        for op in (lambda: a == a, lambda: a + a, lambda: len(a)):
            with self.assertRaisesRegex(TypeError,
                                        "descriptor '__(eq|add|len)__' requires a '(str|list)' "
                                        "object but"):
                op()

    def test_mro_without_the_class(self):
        class Meta(type):
            def mro(cls):
                return [object]

        with self.assertRaisesRegex(TypeError, "obj must be an instance or subtype of type"):
            Meta("C", (), {})

    def test_dict_of_a_builtin_base_wins(self):
        class Plain:
            pass

        class Meta(Plain, type):
            pass

        class Mod(Plain, types.ModuleType):
            pass

        C, m = Meta("C", (), {}), Mod("m")
        self.assertIs(type(C.__dict__), types.MappingProxyType)
        m.x = 3
        self.assertEqual(m.__dict__["x"], 3)
        for o in (C, m):
            with self.assertRaises(AttributeError):
                o.__dict__ = {}
            with self.assertRaises(AttributeError):
                Plain.__dict__["__dict__"].__set__(o, {})
        with self.assertRaisesRegex(AttributeError, "readonly attribute"):
            types.ModuleType("m").__dict__ = {}


if __name__ == "__main__":
    unittest.main()
