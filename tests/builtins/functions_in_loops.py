"""Built-in functions and methods that map, sort, max and min call for each item: with and without a
self, with arguments left out, wrong receivers and arguments, and functions that stop or raise."""
import sys
from collections import deque

words = ["b", "A", "cc", "Dd", ""]
d = {"b": 2, "A": 1, "cc": 4, "Dd": 3, "": 5}


def apart(f, items):
    out = []
    for x in items:
        out.append(f(x))
    return out


def message(function, *args, **kw):
    try:
        return function(*args, **kw)
    except Exception as e:
        return type(e), str(e)


class Sub(str):
    def upper(self):
        return "!"


for f, items in ((d.get, words), (d.get, ["b", "x"]), (str.upper, words), (len, words), (abs, [-1, 2, 3.5]),
                 (str.split, words), (str, [1, 2]), (int, ["1", "2"]), ("a,b".count, words), (repr, words),
                 (str.upper, ["a", Sub("b"), "c"]), (str.encode, words), (bytes.fromhex, ["00", "ff"]),
                 (d.__getitem__, words), (dict.fromkeys, words), (lambda x: x * 2, words), (list.copy, [[1], [2]]),
                 ([1, 2].index, [1, 2]), (ord, "abc"), (bool, [0, 1]), (isinstance, []), (str.__len__, words),
                 (d.setdefault, ["b", "new"]), (print, []), (min, [(1, 2), [4, 3]]), (str.strip, [" a ", "b"])):
    want = apart(f, items)
    assert list(map(f, items)) == [*map(f, items)] == list(map(f, iter(items))) == want, f
    assert tuple(map(f, items)) == tuple(want) and list(deque(map(f, items))) == want
    assert list(deque(map(f, items), 2)) == want[-2:] and list(map(f, (x for x in items))) == want
    extended = ["first"]
    extended.extend(map(f, items))
    assert extended == ["first"] + want
    if want and not isinstance(want[0], (list, dict)):
        assert set(map(f, items)) == frozenset(map(f, items)) == set(want)
        assert any(map(f, items)) == any(want) and all(map(f, items)) == all(want)
        assert want[-1] in map(f, items) and object() not in map(f, items)
    if None not in want and want and not isinstance(want[0], dict):
        assert max(items, key=f) == items[want.index(max(want))]
        assert min(items, key=f) == items[want.index(min(want))]
        order = sorted(range(len(want)), key=want.__getitem__)
        assert sorted(items, key=f) == [items[i] for i in order]

for f, items in ((str.upper, ["a", 1]), (str.upper, [b"a"]), (d.__getitem__, ["b", "x"]), (len, [1]),
                 (isinstance, [1]), (str.replace, ["a"]), ("a".upper, [1]), (dict.get, [d]), (ord, ["ab"]),
                 ([].pop, [0]), (d.get, [[]]), (5, [1]), (str.upper, [Sub("a"), 2]), (int.__add__, [1])):
    want = message(apart, f, items)
    assert isinstance(want, tuple), f
    for wrong in (lambda: list(map(f, items)), lambda: max(items, key=f), lambda: sorted(items, key=f),
                  lambda: set(map(f, items)), lambda: deque(map(f, items), 0)):
        assert message(wrong) == want, (f, want, message(wrong))

# StopIteration of the function ends the map; what is left stays
left = iter("abcde")
m = map(next, [iter("x"), iter(""), left])
assert list(m) == ["x"] and list(m) == ["a"] and list(m) == []
assert list(map(next, [left] * 9)) == list("bcde")
m = map(str, iter(range(10)))
assert "3" in m and next(m) == "4" and list(m) == list("56789") and list(m) == []
assert sum(map(abs, [-1, 2.5, True])) == 4.5 and sum(map(int, []), 7) == 7
assert sum(map(list, ["ab", "c"]), []) == ["a", "b", "c"]
assert list(map(max, [1, 5], [3, 2], [0, 9])) == [3, 9] and list(map(pow, [2, 3], [3])) == [8]

# the items change while they are mapped
x = [3, 2, 1]
assert list(map(x.remove, x)) == [None, None] and x == [2]
x = [1]
x.extend(map(x.append, [7, 8]))
assert sorted(map(str, x)) == ["1", "7", "8", "None", "None"]


def nested(n):
    m = [0]
    for _ in range(n):
        m = map(abs, m)
    return m


assert list(nested(50)) == [0]
if sys.implementation.name == "typhon":
    assert message(list, nested(200000))[0] is RecursionError

# sums of lists whose kinds of numbers change
for total, items in ((6, [1, 2, 3]), (2**62 + 2**62, [2**62 - 1, 1, 2**62]), (4.5, [1, 2.5, 1]), (-2**64, [-2**62] * 4),
                     (3, [True, True, 1]), (6, [1, 2, 3.0]), (1 + 1j, [1, 1j]), (0, [])):
    for made in items, tuple(items), iter(items), map(lambda v: v, items):
        result = sum(made)
        assert result == total and type(result) is type(total) or items == [1, 2, 3.0] and result == 6.0
assert sum([[1], [2]], []) == [1, 2] and sum([1, 2], 2.5) == 5.5 and sum([10**30, 1]) == 10**30 + 1
