"""collections.OrderedDict: views, iterators, what changes during iteration, and subclasses."""
import pickle
import sys
import unittest
from collections import OrderedDict


def letters():
    return OrderedDict(zip("abcd", range(1, 5)))


class ViewTest(unittest.TestCase):
    def test_types(self):
        d = letters()
        self.assertEqual(repr(d.keys()), "odict_keys(['a', 'b', 'c', 'd'])")
        self.assertEqual(repr(d.values()), "odict_values([1, 2, 3, 4])")
        self.assertEqual(repr(d.items()), "odict_items([('a', 1), ('b', 2), ('c', 3), ('d', 4)])")
        for view, base in zip((d.keys(), d.values(), d.items()),
                              map(type, ({}.keys(), {}.values(), {}.items()))):
            self.assertIsInstance(view, base)
            self.assertEqual({type(iter(view)).__name__, type(reversed(view)).__name__},
                             {"odict_iterator"})
        self.assertEqual([*reversed(d)] + [*reversed(d.values())], [*"dcba", 4, 3, 2, 1])
        self.assertGreater(sys.getsizeof(d), sys.getsizeof(dict(d)))

    def test_sets(self):
        d = letters()
        self.assertEqual(d.keys() & {"a", "z"}, {"a"})
        self.assertEqual(d.keys(), dict(d).keys())
        self.assertEqual(d.items() - {("a", 1)}, {("b", 2), ("c", 3), ("d", 4)})
        self.assertLess(d.keys(), set("abcde"))
        self.assertTrue(d.keys().isdisjoint(OrderedDict(x=1).keys()))

    def test_pickled_iterator(self):
        it = iter(letters().items())
        next(it)
        self.assertEqual(list(pickle.loads(pickle.dumps(it))), [("b", 2), ("c", 3), ("d", 4)])
        self.assertEqual(next(it), ("b", 2))


class ChangeTest(unittest.TestCase):
    CHANGES = {
        "end": lambda d: d.move_to_end("a"),
        "front": lambda d: d.move_to_end("d", last=False),
        "insert": lambda d: d.update(z=1),
        "pop": lambda d: d.pop("d"),
        "popitem": lambda d: d.popitem(),
        "replace": lambda d: (d.pop("c"), d.update(z=1)),
    }

    def seen(self, make, change, at):
        d, out = letters(), []
        for item in make(d):
            out.append(item)
            if len(out) == at:
                change(d)
        return out

    def test_change_during_iteration(self):
        for make in (iter, reversed, OrderedDict.keys, OrderedDict.values, OrderedDict.items):
            for name, change in self.CHANGES.items():
                with self.subTest(make=make, name=name):
                    with self.assertRaisesRegex(RuntimeError,
                                                "OrderedDict mutated during iteration"):
                        self.seen(make, change, at=2)
                    self.assertEqual(len(self.seen(make, change, at=4)), 4)  # nothing was to come
            with self.assertRaisesRegex(RuntimeError, "OrderedDict changed size during iteration"):
                self.seen(make, OrderedDict.clear, at=2)

    def test_harmless(self):
        for change in (lambda d: d.update(a=9), lambda d: d.move_to_end("d"),
                       lambda d: d.move_to_end("a", last=False)):
            self.assertEqual(self.seen(iter, change, at=2), [*"abcd"])


class SubclassTest(unittest.TestCase):
    def test_own_item_access(self):
        log = []

        class Logged(OrderedDict):
            def __getitem__(self, key):
                log.append(("get", key))
                return super().__getitem__(key)

            def __setitem__(self, key, value):
                log.append(("set", key))
                super().__setitem__(key, value)

            def __delitem__(self, key):
                log.append(("del", key))
                super().__delitem__(key)

        d = Logged(a=1, b=2)
        self.assertEqual((d.pop("a"), d.popitem(), d.pop("x", 7)), (1, ("b", 2), 7))
        self.assertEqual(log, [("set", "a"), ("set", "b")])
        log.clear()
        self.assertEqual((d.setdefault("q", 3), d.setdefault("q", 4)), (3, 3))
        self.assertEqual(d.copy(), {"q": 3})
        self.assertEqual(log, [("set", "q"), ("get", "q"), ("get", "q"), ("set", "q")])

    def test_own_items(self):
        class Fake(OrderedDict):
            def items(self):
                return [("fake", 1)]

        self.assertEqual(repr(Fake(a=1)), "Fake([('fake', 1)])")
        self.assertEqual(list(Fake(a=1).copy()), ["a"])


if __name__ == "__main__":
    unittest.main()
