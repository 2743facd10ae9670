"""Classes, descriptors, functions, exceptions and the functions of builtins."""
import gc
import unittest
import weakref


class ClassTest(unittest.TestCase):
    def test_order_of_namespace(self):
        """What a class gets beside what its body has stands behind it, __doc__ last."""
        class Empty:
            pass

        class Slots:
            __slots__ = ("a", "__weakref__")

            def f(self):
                pass

        self.assertEqual(list(vars(Empty)), ["__module__", "__dict__", "__weakref__", "__doc__"])
        self.assertEqual(list(vars(Slots)), ["__module__", "__slots__", "f", "a", "__weakref__",
                                             "__doc__"])

    def test_descriptors(self):
        log = []

        class Field:
            def __set_name__(self, owner, name):
                log.append((owner.__name__, name))
                self.name = name

            def __get__(self, obj, cls=None):
                return self if obj is None else obj.__dict__.get(self.name, "unset")

            def __set__(self, obj, value):
                obj.__dict__[self.name] = value * 2

        class C:
            x = Field()
        c = C()
        self.assertEqual((log, c.x), ([("C", "x")], "unset"))
        c.x = 4
        self.assertEqual((c.x, vars(c)), (8, {"x": 8}))

    def test_slots(self):
        class S:
            __slots__ = ("a", "__weakref__")
        s = S()
        s.a = 1
        del s.a
        with self.assertRaisesRegex(AttributeError, "'S' object has no attribute 'a'"):
            s.a
        self.assertFalse(hasattr(s, "__dict__"))
        self.assertIs(weakref.ref(s)(), s)

    def test_mro_and_super(self):
        class A:
            def f(self):
                return ["A"]

        class B(A):
            def f(self):
                return ["B"] + super().f()

        class C(A):
            def f(self):
                return ["C"] + super().f()

        class D(B, C):
            def f(self):
                return ["D"] + super().f()
        self.assertEqual(D().f(), ["D", "B", "C", "A"])
        A.f = lambda self: ["new"]
        self.assertEqual(D().f(), ["D", "B", "C", "new"])
        with self.assertRaisesRegex(TypeError, "Cannot create a consistent method resolution"):
            type("X", (A, B), {})

    def test_special_methods_are_looked_up_on_the_class(self):
        class C:
            pass
        c = C()
        c.__len__ = lambda: 3
        self.assertRaises(TypeError, len, c)
        C.__len__ = lambda self: 4
        self.assertEqual(len(c), 4)
        del C.__len__
        self.assertRaises(TypeError, len, c)

    def test_metaclass(self):
        class Meta(type):
            @classmethod
            def __prepare__(mcs, name, bases, **kw):
                return {"made": kw}

            def __new__(mcs, name, bases, ns, **kw):
                return super().__new__(mcs, name, bases, dict(ns))

            def __init__(cls, *a, **kw):
                pass

            def __call__(cls, *a):
                return super().__call__(*a), a
        C = Meta("C", (), {}, k=1)

        class D(metaclass=Meta, key=2):
            def __init__(self, x):
                self.x = x
        self.assertEqual(D.made, {"key": 2})
        self.assertEqual(D(5)[0].x, 5)
        self.assertIs(type(C), Meta)

    def test_reflected_operators(self):
        class N:
            def __radd__(self, other):
                return ("radd", other)

            def __iadd__(self, other):
                return "iadd"

            def __eq__(self, other):
                return NotImplemented
        n = N()
        self.assertEqual(1 + n, ("radd", 1))
        n += 1
        self.assertEqual(n, "iadd")
        self.assertNotEqual(N(), N())
        with self.assertRaisesRegex(TypeError,
                                    r"unsupported operand type\(s\) for \+: 'N' and 'int'"):
            N() + 1

    def test_weak_references_and_finalizers(self):
        class Node:
            def __del__(self):
                dead.append(1)
        dead, called = [], []

        def make():
            nodes = [Node() for _ in range(50)]
            for a, b in zip(nodes, nodes[1:] + nodes[:1]):
                a.next = b
            return [weakref.ref(n, called.append) for n in nodes]
        refs = make()
        gc.collect()
        self.assertGreater(len(dead), 40)
        self.assertGreater(sum(r() is None for r in refs), 40)


    def test_deleted_attributes(self):
        class C:
            pass

        def x_of(o):
            return o.x

        o = C()
        o.w, o.x, o.y, o.z = range(4)
        self.assertEqual([x_of(o) for _ in range(50)], [1] * 50)
        del o.x
        self.assertRaises(AttributeError, x_of, o)
        self.assertRaises(AttributeError, delattr, o, "x")
        C.x = "of the class"
        self.assertEqual(x_of(o), "of the class")
        o.x = 5
        self.assertEqual(x_of(o), 5)
        for i in range(30):
            del o.w
            o.w = i
        self.assertEqual(o.__reduce_ex__(2)[2], {"y": 2, "z": 3, "x": 5, "w": 29})
        self.assertEqual(list(vars(o)), ["y", "z", "x", "w"])
        for name in list(vars(o)):
            delattr(o, name)
        self.assertEqual((vars(o), x_of(o)), ({}, "of the class"))
        o = C()
        for i in range(40):
            setattr(o, f"n{i}", i)
        for i in range(0, 12, 2):
            delattr(o, f"n{i}")
        o.n4 = "again"
        self.assertEqual(list(vars(o).items()), [(f"n{i}", i) for i in range(40) if i % 2
                                                 or i >= 12] + [("n4", "again")])


class FunctionTest(unittest.TestCase):
    def test_signatures(self):
        def f(a, /, b, *args, c, d=4, **kw):
            return a, b, args, c, d, kw
        self.assertEqual(f(1, 2, 3, c=5, a=6), (1, 2, (3,), 5, 4, {"a": 6}))
        for args, kw, message in (((1,), {"c": 1}, "missing 1 required positional argument: 'b'"),
                                  ((1, 2), {}, "missing 1 required keyword-only argument: 'c'"),
                                  ((1, 2), {"b": 3, "c": 1},
                                   "got multiple values for argument 'b'")):
            with self.assertRaisesRegex(TypeError, message):
                f(*args, **kw)

    def test_closures_and_cells(self):
        fs = [lambda i=i: (i, x) for i in range(3)]
        x = "late"
        self.assertEqual([f() for f in fs], [(0, "late"), (1, "late"), (2, "late")])
        with self.assertRaisesRegex(NameError, "cannot access free variable 'y'"):
            (lambda: y)()
        y = 1
        del y

    def test_generators(self):
        def g():
            try:
                got = yield 1
                while True:
                    got = yield got
            except KeyError:
                yield "caught"
            finally:
                log.append("end")
        log = []
        it = g()
        self.assertEqual((next(it), it.send(5), it.throw(KeyError)), (1, 5, "caught"))
        it.close()
        self.assertEqual(log, ["end"])
        self.assertRaises(StopIteration, next, it)

    def test_builtins(self):
        self.assertEqual(eval("a + b", {"a": 1}, {"b": 2}), 3)
        ns = {}
        exec("def f(): return g\ng = 7", ns)
        self.assertEqual(ns["f"](), 7)
        self.assertEqual((ord("é"), chr(0x1F600), bin(-5), oct(8), ascii("é"), callable(len)),
                         (233, "😀", "-0b101", "0o10", "'\\xe9'", True))
        self.assertRaises(SyntaxError, compile, "a b", "x", "eval")
        self.assertEqual(getattr(3, "nope", 4), 4)
        self.assertTrue(issubclass(bool, int | str) and isinstance(3, (str, int)))


class ErrorTest(unittest.TestCase):
    def test_chain(self):
        try:
            try:
                raise KeyError("a")
            except KeyError:
                raise ValueError("b") from None
        except ValueError as e:
            self.assertTrue(e.__suppress_context__ and isinstance(e.__context__, KeyError))
            e.add_note("hint")
            self.assertEqual(e.__notes__, ["hint"])

    def test_groups(self):
        seen = []
        try:
            raise ExceptionGroup("g",
                                 [ValueError(1), ExceptionGroup("h",
                                                                [TypeError(2), ValueError(3)])])
        except* ValueError as e:
            seen.append([type(x).__name__ for x in e.exceptions])
        except* TypeError as e:
            seen.append(e.exceptions[0].exceptions[0].args)
        self.assertEqual(seen, [["ValueError", "ExceptionGroup"], (2,)])

    def test_deep_recursion(self):
        def f():
            return f()
        self.assertRaises(RecursionError, f)
        x = []
        for _ in range(200000):
            x = [x]
        self.assertRaises(RecursionError, repr, x)


unittest.main()
