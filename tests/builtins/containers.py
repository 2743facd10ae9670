"""tuple, list, dict and its views, set, frozenset, range, slice and the iterators."""
import collections
import functools
import itertools
import operator
import sys
import unittest


class ListTest(unittest.TestCase):
    def test_changes(self):
        a = list(range(6))
        a[1:3] = "xyz"
        a[::2] = [10, 20, 30, 40]
        del a[-1], a[0]
        a.insert(1, None)
        a.extend(a[:2])
        self.assertEqual(a, ["x", None, 20, "z", 30, 4, "x", None])
        a.remove(None)
        a.reverse()
        self.assertEqual((a.pop(), a.pop(0), a.index("z"), a.count("x")), ("x", None, 3, 1))
        with self.assertRaisesRegex(ValueError,
                                    "attempt to assign sequence of size 1 to extended slice of "
                                    "size 3"):
            a[::2] = [1]

    def test_sort(self):
        a = [(i * 7919 % 101, i) for i in range(300)]
        self.assertEqual(sorted(a, key=lambda p: p[0]), sorted(a))
        self.assertEqual(sorted(a, reverse=True)[0], max(a))
        with self.assertRaisesRegex(TypeError,
                                    "'<' not supported between instances of 'str' and 'int'"):
            [1, "a"].sort()
        b = [3, 1, 2]
        with self.assertRaisesRegex(ValueError, "list modified during sort"):
            b.sort(key=lambda x: b.append(x) or x)
        for call, message in ((lambda: sorted(), "sorted expected 1 argument, got 0"),
                              (lambda: sorted([], 1), "sorted expected 1 argument, got 2"),
                              (lambda: sorted([], ky=1),
                               r"'ky' is an invalid keyword argument for sort\(\)"),
                              (lambda: sorted([], reverse="x"),
                               "'str' object cannot be interpreted as an integer"),
                              (lambda: b.sort(reverse="x"),
                               "'str' object cannot be interpreted as an integer")):
            with self.assertRaisesRegex(TypeError, message):
                call()

    def test_change_while_iterating(self):
        a = [1, 2, 3]
        seen = []
        for x in a:
            seen.append(x)
            if len(a) < 6:
                a.append(x * 10)
        self.assertEqual(seen, [1, 2, 3, 10, 20, 30])

    def test_self_reference(self):
        a = [1]
        a.append(a)
        self.assertEqual(repr(a), "[1, [...]]")
        self.assertRaises(RecursionError, lambda: a == [1, [1, a]] and None or self.deep())

    def deep(self):
        x = []
        for _ in range(100000):
            x = [x]
        y = []
        for _ in range(100000):
            y = [y]
        return x == y

    def test_tuples(self):
        self.assertEqual((1, 2) + (3,) * 2, (1, 2, 3, 3))
        self.assertLess((1, 2), (1, 2, 0))
        self.assertEqual(hash((1, "a")), hash((1, "a")))
        self.assertRaises(TypeError, hash, ([],))


class DictTest(unittest.TestCase):
    def test_order_and_changes(self):
        d = {i: str(i) for i in range(50)}
        for i in range(0, 50, 2):
            del d[i]
        d[0] = "back"
        self.assertEqual(list(d)[-1], 0)
        self.assertEqual(d.popitem(), (0, "back"))
        self.assertEqual(list(reversed(d))[0], 49)
        self.assertEqual(d.setdefault(1, 5), "1")
        self.assertEqual(d | {1: 2}, {**d, 1: 2})
        self.assertEqual(d.pop("none", 7), 7)
        self.assertRaises(KeyError, d.pop, "none")
        d.update([(1, "one")], two=2)
        self.assertEqual((d[1], d["two"]), ("one", 2))

    def test_views(self):
        d = {"a": 1, "b": 2}
        keys, items = d.keys(), d.items()
        d["c"] = 3
        self.assertEqual(keys & {"a", "c", "x"}, {"a", "c"})
        self.assertIn(("b", 2), items)
        self.assertEqual(keys ^ {"a"}, {"b", "c"})
        with self.assertRaisesRegex(RuntimeError, "dictionary changed size during iteration"):
            for k in d:
                d[k + k] = 1

    def test_keys_with_own_equality(self):
        class Key:
            def __init__(self, n):
                self.n = n

            def __hash__(self):
                return self.n % 3

            def __eq__(self, other):
                return self.n == other.n

        d = {Key(i): i for i in range(30)}
        self.assertEqual([d[Key(i)] for i in range(30)], list(range(30)))
        self.assertEqual({1: "a"}[1.0], "a")
        self.assertEqual({True: 1, 1: 2, 1.0: 3}, {True: 3})

        class Missing(dict):
            def __missing__(self, key):
                return key * 2
        self.assertEqual(Missing()[4], 8)

    def test_sets(self):
        a, b = set(range(10)), frozenset(range(5, 15))
        self.assertEqual((a & b, a - b, len(a | b), len(a ^ b)),
                         (set(range(5, 10)), set(range(5)), 15, 10))
        self.assertTrue(a > {1, 2} and not a.isdisjoint(b))
        a -= b
        a.symmetric_difference_update({0, 99})
        self.assertEqual(a, {1, 2, 3, 4, 99})
        self.assertIn(b, {b})
        self.assertEqual(hash(frozenset("ab")), hash(frozenset("ba")))
        self.assertRaises(KeyError, a.remove, 1000)
        a.discard(1000)


class IteratorTest(unittest.TestCase):
    def test_range(self):
        r = range(10, -20, -7)
        self.assertEqual((list(r), len(r), r[-1], -4 in r, r.index(3)),
                         ([10, 3, -4, -11, -18], 5, -18, True, 1))
        self.assertEqual(range(0, 3, 2), range(0, 4, 2))
        self.assertEqual(list(range(1 << 70, (1 << 70) + 2)), [1 << 70, (1 << 70) + 1])
        self.assertEqual(slice(None, None, -2).indices(5), (4, -1, -2))

    def test_helpers(self):
        self.assertEqual(list(zip("ab", range(5), [9, 8])), [("a", 0, 9), ("b", 1, 8)])
        with self.assertRaisesRegex(ValueError, r"zip\(\) argument 2 is shorter than argument 1"):
            list(zip("ab", [1], strict=True))
        self.assertEqual(list(map(lambda *a: sum(a), [1, 2], [3, 4])), [4, 6])
        self.assertEqual(list(filter(None, [0, 1, "", "a"])), [1, "a"])
        self.assertEqual(list(enumerate("ab", 5)), [(5, "a"), (6, "b")])
        it = iter([1, 2, 3].pop, 1)
        self.assertEqual(list(it), [3, 2])
        self.assertEqual((min("b", "a"), max([], default=4), sum([[1], [2]], []), any([0, 2]),
                          all([])),
                         ("a", 4, [1, 2], True, True))

    def test_largest_counts(self):
        big = sys.maxsize
        self.assertEqual(operator.length_hint(itertools.repeat(1, big)), big)
        self.assertEqual(itertools.repeat(1, big).__reduce__()[1], (1, big))
        self.assertEqual(itertools.islice([], 1, big, big).__reduce__()[1][1:], (1, big, big))
        self.assertEqual(repr(collections.deque([1], big)), f"deque([1], maxlen={big})")
        self.assertEqual(collections.deque(maxlen=big).copy().maxlen, big)
        self.assertEqual(functools.lru_cache(big)(len).cache_info().maxsize, big)

        class Sequence:
            def __getitem__(self, i):
                return i

        it = iter(Sequence())
        it.__setstate__(big - 1)
        self.assertEqual(it.__reduce__()[2], big - 1)
        self.assertEqual(next(it), big - 1)


unittest.main()
