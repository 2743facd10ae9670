"""What has a quick way for the usual case: the cases beside it."""
import array
import itertools
import math
import unittest
from datetime import datetime, timedelta

NAN, INF = float("nan"), float("inf")


class CompareTest(unittest.TestCase):
    def test_int_with_float(self):
        whole = (0, 1, -1, 5, 2 ** 53, -2 ** 53, 2 ** 53 + 1, 2 ** 60 + 1, -2 ** 60 - 1, 10 ** 30)
        for a in whole:
            for b in (float(a), float(a) + 0.5, float(a) - 1e-9):
                y, scale = b.as_integer_ratio()
                x = a * scale
                self.assertEqual([a < b, a <= b, a == b, a != b, b < a, b <= a, b == a],
                                 [x < y, x <= y, x == y, x != y, y < x, y <= x, y == x], (a, b))
        self.assertEqual([2 ** 53 + 1 == 2.0 ** 53, 2 ** 53 + 1 > 2.0 ** 53], [False, True])
        self.assertEqual([0 == -0.0, 0 < 1e-320, 1 == 1.5, 2 > 1.5], [True, True, False, True])

    def test_nothing_is_in_order_with_nan(self):
        for other in (0, 1, 1.5, NAN, INF):
            self.assertEqual([NAN < other, NAN <= other, NAN == other, NAN > other, other < NAN],
                             [False] * 5)
            self.assertTrue(NAN != other and other != NAN)
        self.assertTrue(INF > 5 and -INF < 5 and 5 != INF)

    def test_number_with_str(self):
        self.assertEqual([[1, 1.5, "a"].count("a"), ["1", 1].index(1), 1 in ["1"], "1" != 1.5],
                         [1, 1, False, True])
        self.assertRaises(TypeError, lambda: 1 < "a")
        self.assertRaises(TypeError, max, [1, "a"])

        class Text(str):
            def __eq__(self, other):
                return True
            __hash__ = str.__hash__
        self.assertEqual([5, 1.5].count(Text("a")), 2)


    def test_best_of(self):
        self.assertEqual([max([1, 2.5, 2]), min([1, 0.5, True]), max(1, 1.0), min("b", "a")],
                         [2.5, 0.5, 1, "a"])
        self.assertIs(type(max([1.0, 1])), float)
        self.assertTrue(math.isnan(max([NAN, 1.0])) and math.isnan(min(NAN, 1.0)))
        self.assertEqual(min([2 ** 70, -2 ** 70, 5]), -2 ** 70)

    def test_lists_of_the_same_objects(self):
        a = [NAN, 1, [2]]
        self.assertTrue(a == list(a) and not a < list(a) and a <= list(a))
        self.assertEqual([a == a[:2], a > a[:2], a[:2] < a, a != a[:2] + [[3]]],
                         [False, True, True, True])

    def test_equal_items(self):
        class Same:
            def __eq__(self, other):
                asked.append(other)
                return True

        class Odd(list):
            def __eq__(self, other):
                return "odd"

        asked = []
        self.assertTrue(["a", 1, 2.5] == ["a", 1.0, 2.5] and (1, "b") == (True, "b"))
        self.assertTrue([NAN] != [-NAN] and (NAN, 1) == (NAN, 1))
        self.assertTrue((1, [2, (3, "x")]) == (1, [2, (3, "x")]) != (1, [2, (3, "y")]))
        self.assertTrue([1, 2] != (1, 2) and (1,) != [1] and [2 ** 70] == [2 ** 70])
        self.assertTrue((Same(), 1) == (5, 1) and (Same(), 1) != (6, 1, 2))
        self.assertTrue([Same(), 1] != [7, 1, 2] and [8, Same()] != [9, 9])
        self.assertEqual(asked, [5, 6])  # lists of another length are not looked into
        self.assertTrue(([1] == Odd()) == "odd" and ["a", ["b"]] != ["a", ["c"]])
        deep = []
        deep.append(deep)
        other = [[]]
        other[0].append(other)
        self.assertTrue(deep == deep)
        self.assertRaises(RecursionError, lambda: deep == other)
        self.assertEqual([[(1, 2), (1, 3)].index((1, 3)), [[1], ["1"]].count(["1"])], [1, 1])

    def test_slots_behind_other_bases(self):
        class Plain:
            pass

        class Slotted:
            __slots__ = ("a", "__dict__")

        class Texts(list):
            pass

        class Fails(Exception):
            pass

        class Number(int):
            pass

        for cls in (Plain, Slotted, Texts, Fails, Number):
            for again in range(3):
                o = cls()
                for i in range(40):
                    o.x, o.y = i, -i
                    self.assertEqual([o.x, o.y], [i, -i])
                self.assertEqual(o.__dict__, {"x": 39, "y": -39})
                o.__dict__["x"] = 7
                self.assertEqual(o.x, 7)
        objects = [Plain(), Texts(), Slotted()] * 50
        for i, o in enumerate(objects):
            o.z = i
        self.assertEqual(sum(o.z for o in objects), sum((147, 148, 149)) * 50)

    def test_starred(self):
        for items in ([1, 2, 3, 4], (1, 2, 3, 4), range(1, 5), iter([1, 2, 3, 4])):
            a, *b, c = items
            self.assertEqual([a, b, c], [1, [2, 3], 4])
        a, *b = [5]
        *c, d = (6,)
        self.assertEqual([a, b, c, d], [5, [], [], 6])
        items = [1, 2]
        *copy, = items
        copy.append(3)
        self.assertEqual([items, copy], [[1, 2], [1, 2, 3]])
        with self.assertRaisesRegex(ValueError, "at least 3, got 2"):
            a, *b, c, d = items

    def test_times(self):
        t = datetime(2020, 2, 28, 23, 59, 59, 999999)
        day, us = timedelta(1), timedelta(microseconds=1)
        self.assertEqual([t + us, t + us + day, t + day + us - us, t - timedelta(999)],
                         [datetime(2020, 2, 29), datetime(2020, 3, 1),
                          datetime(2020, 2, 29, 23, 59, 59, 999999),
                          datetime(2017, 6, 4, 23, 59, 59, 999999)])
        self.assertEqual(datetime(1, 1, 2) - day, datetime.min)
        for late, step in ((datetime.max, us), (datetime.min, -us), (t, timedelta.max)):
            self.assertRaises(OverflowError, lambda: late + step)
        times = [t, t - us, t + us, t.replace(hour=1), t.replace(month=1), t.replace(year=2019),
                 t.replace(minute=0), t.replace(second=0), t.replace(day=1), t.replace(fold=1)]
        self.assertEqual(sorted(times), sorted(times, key=str))
        self.assertTrue(times[0] == times[-1] and not times[0] < times[-1])


class RemainderTest(unittest.TestCase):
    def test_sign_is_the_divisors(self):
        self.assertEqual([5.5 % 2, -5.5 % 2, 5.5 % -2, -5.5 % -2, 7 % 2.5],
                         [1.5, 0.5, -0.5, -1.5, 2.0])
        self.assertEqual([math.copysign(1, x) for x in (4.0 % 2, -4.0 % 2, 4.0 % -2)], [1, 1, -1])
        x = 5.5
        x %= 2
        self.assertEqual(x, 1.5)
        self.assertRaisesRegex(ZeroDivisionError, "float modulo", lambda: 1.5 % 0)

    def test_power(self):
        self.assertEqual([2 ** 0.5, 2.0 ** 3, 4 ** -0.5], [math.sqrt(2), 8.0, 0.5])
        self.assertIs(type((-8) ** 0.5), complex)
        self.assertRaises(ZeroDivisionError, lambda: 0.0 ** -1)
        self.assertRaises(OverflowError, lambda: 10.0 ** 400)

    def test_product(self):
        self.assertEqual(math.prod([2 ** 31] * 3), 2 ** 93)
        self.assertEqual(math.prod([-2 ** 30, 2 ** 30, 2, 3.0]), -2.0 ** 61 * 3)
        self.assertEqual(repr(math.prod([True, 2])), "2")

    def test_common_divisor(self):
        for a in (0, 1, 12, -18, 2 ** 40, 3 ** 30, 2 ** 61 * 3, 2 ** 64 - 1):
            for b in (0, 1, 18, -12, 2 ** 45, 3 ** 20 * 2, 2 ** 60 * 5):
                g = math.gcd(a, b)
                x, y = abs(a), abs(b)
                while y:
                    x, y = y, x % y
                self.assertEqual(g, x, (a, b))


class BuildTest(unittest.TestCase):
    def test_items_of_text(self):
        for text in ("", "a", "abc" * 50, "aé", "€" * 40, "a\U0001f600b"):
            self.assertEqual("".join(list(text)), text)
            self.assertEqual(tuple(text), tuple(text[i] for i in range(len(text))))
            self.assertEqual(sorted(text), sorted(list(text)))
        items = [1]
        items.extend("ab")
        items[1:1] = "cd"
        self.assertEqual(items, [1, "c", "d", "a", "b"])

        class Text(str):
            def __iter__(self):
                return iter([1, 2])
        self.assertEqual([list(Text("abc")), tuple(Text("abc"))], [[1, 2], (1, 2)])

    def test_long_copies_and_growth(self):
        for n in (0, 1, 29, 30, 31, 32, 100, 5000):
            items = list(range(n))
            copies = [items[:], items.copy(), list(items), [*items], items + [], list(tuple(items))]
            for copy in copies:
                self.assertEqual(copy, items)
                copy.extend(items[:3])
                copy.append(n)
                self.assertEqual(copy, [*items, *items[:3], n])
            table = {i: str(i) for i in items}
            other = table.copy()
            other[n] = "new"
            del other[n]
            self.assertEqual(list(other.items()), list(zip(items, map(str, items))))

    def test_displays_of_dicts(self):
        a = "a"
        self.assertEqual(list({a: 1, "b": 2, a: 3, 1: 4, True: 5, "b": 6, "c": 7}.items()),
                         [("a", 3), ("b", 6), (1, 5), ("c", 7)])
        self.assertEqual({(): 1, "x": 2, **{"x": 3}, "y": 4}, {(): 1, "x": 3, "y": 4})
        with self.assertRaisesRegex(TypeError, "unhashable"):
            {"a": 1, []: 2}

    def test_missing_keys(self):
        class Missing(dict):
            def __missing__(self, key):
                return self.setdefault(key, [key])

        class Static(dict):
            __missing__ = staticmethod(lambda key: key)
        d = Missing(a=1)
        self.assertEqual([d["a"], d["b"], d[2.0], d[2], Static()[5]], [1, ["b"], [2.0], [2.0], 5])
        d.__missing__ = None
        self.assertEqual(d["c"], ["c"])
        d.clear()
        for i in range(1000):
            d[i % 700].append(i)
            d.pop(i - 300, None)
        self.assertEqual([len(d), d[999 - 700]], [300, [299, 999]])
        Missing.__missing__ = 5
        self.assertRaisesRegex(TypeError, "not callable", lambda: d["d"])

    def test_unpacking_a_kind_of_tuple(self):
        class Pair(tuple):
            pass

        class Odd(tuple):
            def __iter__(self):
                return iter("xyz")
        a, b = Pair((1, 2))
        c, d, e = Odd((1, 2))
        self.assertEqual((a, b, c, d, e), (1, 2, "x", "y", "z"))
        with self.assertRaisesRegex(ValueError, "too many"):
            a, b = Pair((1, 2, 3))
        with self.assertRaisesRegex(ValueError, "not enough"):
            a, b = Pair((1,))


class ClassTest(unittest.TestCase):
    def test_isinstance_asks_for_another_class(self):
        class Plain:
            pass

        class Says:
            __class__ = property(lambda self: int)

        class Deep(Says):
            pass
        self.assertEqual([isinstance(x, int) for x in (Plain(), Says(), Deep(), 5)],
                         [False, True, True, True])
        self.assertEqual([isinstance(x, (str, int)) for x in (Plain(), Says())], [False, True])

    def test_address_in_text(self):
        class Plain:
            pass
        o = Plain()
        self.assertTrue(repr(o).endswith("Plain object at %s>" % hex(id(o))), repr(o))


class StepsTest(unittest.TestCase):
    def test_counted_iterators(self):
        self.assertEqual(list(itertools.repeat("a", 3)), ["a"] * 3)
        self.assertEqual(list(itertools.islice(itertools.count(2 ** 61 - 2), 4)),
                         [2 ** 61 - 2, 2 ** 61 - 1, 2 ** 61, 2 ** 61 + 1])
        self.assertEqual(list(itertools.islice(range(20), 3, 15, 4)), [3, 7, 11])
        a = array.array("i", [1, 2, 3])
        it = iter(a)
        self.assertEqual([next(it), next(it), next(it), next(it, None), next(it, None)],
                         [1, 2, 3, None, None])
        self.assertEqual([sum(a), list(a), set(a), list(array.array("u", "ab"))],
                         [6, [1, 2, 3], {1, 2, 3}, ["a", "b"]])
        self.assertRaises(TypeError, sum, array.array("u", "ab"))
        with memoryview(a):
            self.assertRaises(BufferError, a.append, 4)
        a.append(4)


if __name__ == "__main__":
    unittest.main()
