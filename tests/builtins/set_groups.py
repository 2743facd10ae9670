"""Operations of sets with many items at once: against one item after the other, with keys of all
kinds, keys whose comparison runs Python code or changes the set, and sources that change."""
import random


class Key:
    """Equal to the int it holds, with the int's hash."""
    on_eq = None

    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, other):
        if Key.on_eq:
            Key.on_eq()
        return self.n == (other.n if isinstance(other, Key) else other)


def key_of(rng):
    n = rng.randrange(60)
    return rng.choice((n, str(n), float(n), Key(n), (n,), frozenset((n, "x")), n << 61, n << 70,
                       -n, n + 0.5))


def member(items, key):
    return any(key == x for x in items)


def unique(items):
    out = []
    for x in items:
        if not member(out, x):
            out.append(x)
    return out


def same(s, expected):
    assert len(s) == len(expected), (s, expected)
    assert all(x in s for x in expected) and all(member(expected, x) for x in s)


def forms(items):
    return items, tuple(items), set(items), frozenset(items), dict.fromkeys(items), \
        dict.fromkeys(items).keys(), iter(items)


rng = random.Random(7)
for size in (0, 1, 5, 20, 90):
    for _ in range(4):
        a = [key_of(rng) for _ in range(rng.randrange(size + 1))]
        b = [key_of(rng) for _ in range(rng.randrange(size + 1))]
        ua, ub = unique(a), unique(b)
        for x in forms(a):
            same(set(x), ua)
        both = [x for x in ua if member(ub, x)]
        only_a = [x for x in ua if not member(ub, x)]
        only_b = [x for x in ub if not member(ua, x)]
        for i in range(len(forms(b))):
            s = set(a)
            same(s.union(forms(b)[i]), ua + only_b)
            same(s.intersection(forms(b)[i]), both)
            same(s.difference(forms(b)[i]), only_a)
            same(s.symmetric_difference(forms(b)[i]), only_a + only_b)
            assert s.isdisjoint(forms(b)[i]) == (not both)
            assert s.issubset(forms(b)[i]) == (not only_a)
            assert s.issuperset(forms(b)[i]) == (not only_b)
            for name, expected in (("update", ua + only_b), ("intersection_update", both),
                                   ("difference_update", only_a),
                                   ("symmetric_difference_update", only_a + only_b)):
                s = set(a)
                getattr(s, name)(forms(b)[i])
                same(s, expected)
        view = dict.fromkeys(a).keys()
        for other in (set(b), dict.fromkeys(b).keys(), list(b)):
            same(view - other, only_a)
            same(view | other, ua + only_b)
            same(view ^ other, only_a + only_b)
            same(view & other, both)
        # removed places are used again
        s = set(a)
        for x in ua[::2]:
            s.remove(x)
        s.update(b)
        same(s, unique(ua[1::2] + ub))
        s ^= set(a)
        same(s, [x for x in unique(ua[1::2] + ub) if not member(ua, x)] +
             [x for x in ua if not member(unique(ua[1::2] + ub), x)])

# a key that cannot be hashed: what comes before it is there
for wrong in ([1, "a", [], 2], (1, "a", [], 2), iter([1, "a", [], 2])):
    s = {0}
    try:
        s.update(wrong)
    except TypeError as e:
        assert "unhashable" in str(e)
    else:
        assert False
    assert s == {0, 1, "a"}, s

# comparison that changes what is worked with
for change in (lambda: s.clear(), lambda: s.add(rng.random()), lambda: items.clear(),
               lambda: s.discard(3), lambda: d.clear()):
    for source in ("items", "tuple(items)", "set(items)", "d"):
        for operation in ("update", "difference_update", "symmetric_difference_update",
                          "intersection_update", "union", "intersection", "difference"):
            items = [Key(i % 40) for i in range(80)]
            s = {Key(i) for i in range(30)} | {3}
            d = dict.fromkeys(range(10, 50))
            calls = []

            def on_eq():
                calls.append(1)
                if len(calls) == 3:
                    change()
            argument = eval(source)
            Key.on_eq = on_eq
            try:
                getattr(s, operation)(argument)
            except RuntimeError as e:
                assert "changed size" in str(e)
            finally:
                Key.on_eq = None
            assert len(s) == len(list(s)) and all(x in s for x in s)


class Loud(Exception):
    pass


def loud():
    raise Loud


for operation in ("update", "difference_update", "symmetric_difference_update", "union"):
    for source in (list, tuple, set, dict.fromkeys):
        s = {1, 2, 3}
        argument = source([Key(7), Key(2), Key(8)])
        Key.on_eq = loud
        try:
            getattr(s, operation)(argument)
        except Loud:
            pass
        else:
            assert False
        finally:
            Key.on_eq = None
        assert {1, 2, 3} - s <= {2}

# the iterator of the keys of a dict minds a change of the size
d = dict.fromkeys([Key(1), Key(2), 3])
Key.on_eq = d.clear
try:
    {1, 2, 3}.union(d.keys())
except RuntimeError as e:
    assert "changed size" in str(e)
else:
    assert False
finally:
    Key.on_eq = None

# sets of what is left of an iterator, and of the views of a dict, whose lengths are known
for n in 0, 1, 4, 5, 40, 5000:
    for taken in 0, 1, n // 2, n:
        for make in list, tuple, lambda r: [v % 7 for v in r], lambda r: [(v,) for v in r]:
            items = make(range(n))
            it = iter(items)
            for _ in range(min(taken, n)):
                next(it)
            assert set(it) == {v for v in items[taken:]} and set(it) == frozenset(it) == set()
            d = dict(enumerate(items))
            assert set(d.values()) == {v for v in items}
            assert frozenset(d.items()) == {(k, items[k]) for k in range(n)} and len(set(d.items())) == n
x = [1, 2, 3]
it = iter(x)
next(it), x.clear()
assert set(it) == set()
