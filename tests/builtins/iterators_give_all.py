"""What takes all that an iterator of a list or tuple has left: begun ones, ones that others change
meanwhile, and what is left when it stops early."""
import pickle
import random
from collections import OrderedDict, deque

takers = [list, tuple, set, frozenset, deque, sum, sorted, lambda it: [*it], lambda it: deque(it, 3),
          lambda it: (lambda d: (d.extendleft(it), d)[1])(deque()), lambda it: [].extend(it),
          lambda it: set().union(it), lambda it: dict.fromkeys(it), max, lambda it: any(x < 0 for x in it)]
for n in 1, 2, 31, 32, 33, 100:
    items = list(range(n))
    for begun in 0, 1, n // 2:
        for take in takers:
            if begun == n:
                continue
            for seq in items, tuple(items):
                it = iter(seq)
                for _ in range(begun):
                    next(it)
                assert take(it) == take(items[begun:]), (n, begun)
                assert list(it) == [] and next(it, "end") == "end"
            it = reversed(items)
            for _ in range(begun):
                next(it)
            assert take(it) == take(items[::-1][begun:])
            assert list(it) == []

# what stops early leaves the rest
for make in iter, reversed:
    it = make([0, 0, 3, 4, 5] if make is iter else [5, 4, 3, 0, 0])
    assert any(it) and list(it) == [4, 5]
    it = make((1, 2, 3))
    assert 2 in it and len(list(it)) == 1
it = iter([1, 1, 0, 2])
assert not all(it) and list(it) == [2]

# the list changes meanwhile
class Grows:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        if self.n:
            items.append(Grows(self.n - 1))
        return self.n


items = [Grows(5)]
it = iter(items)
assert len(set(it)) == 6 and len(items) == 6 and list(it) == []
items.append(1)
assert list(it) == []


class Fails:
    def __hash__(self):
        raise KeyError("no hash")


it = iter([1, Fails(), 2])
try:
    set(it)
except KeyError:
    assert list(it) == [2]
else:
    raise AssertionError

# OrderedDict: the order of keys tells
a, b = OrderedDict.fromkeys("abc"), OrderedDict.fromkeys("acb")
assert a != b and a == dict(b) and a == OrderedDict(a) and not a == OrderedDict.fromkeys("abcd")
b.move_to_end("b")
b.move_to_end("c")
assert a == b and not a != b
del a["a"], b["a"]
a["a"] = b["a"] = None
assert a == b and OrderedDict() == OrderedDict()
assert OrderedDict({1: 2, 3.0: 4}) == OrderedDict({1.0: 2, 3: 4})

# numbers in text, as protocol 0 writes them
for i in 0, 1, 9, 10, -1, -10, 2**31 - 1, -2**31, 2**31, 12345:
    assert pickle.dumps(i, 0) == (b"I%d\n." % i if -2**31 <= i < 2**31 else b"L%dL\n." % i)
same = [str(i) for i in range(300)]
assert pickle.loads(pickle.dumps(same * 2, 0)) == same * 2
assert pickle.dumps(["x", "x"], 0).count(b"g1") == 1

# the numbers that MT19937 gives, over several of its rounds
r = random.Random(20)
words = [r.getrandbits(32) for _ in range(3000)]
r.seed(20)
assert r.getrandbits(32 * 3000) == sum(w << 32 * i for i, w in enumerate(words))
assert sum(words) % 1000003 == 322119
