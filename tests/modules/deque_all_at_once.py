"""What takes all items of a deque's iterator gives what one next() after the other gives, also when
the deque changes meanwhile."""
from collections import deque


def fails(function):
    try:
        function()
    except RuntimeError as e:
        assert str(e) == "deque mutated during iteration"
    else:
        raise AssertionError


for n in 0, 1, 2, 7, 63, 64, 65, 200:
    d = deque(maxlen=100)
    for i in range(n):
        d.append(i)
        d.rotate(1)
        if i % 3 == 0:
            d.appendleft(d.pop())
    items = [d[i] for i in range(len(d))]
    assert list(d) == items == [*d] and tuple(d) == tuple(items) and sum(d) == sum(items)
    assert set(d) == set(items) and sorted(d) == sorted(items) and deque(d) == deque(items, 100)
    assert list(reversed(d)) == items[::-1] and dict.fromkeys(d) == dict.fromkeys(items)
    assert "".join(map(str, d)) == "".join(map(str, items))
    assert list(map(str, d)) == list(map(str, items))
    it = iter(d)
    for k in range(min(3, len(d))):
        assert next(it) == items[k]
    assert list(it) == items[3:] and list(it) == [] and next(it, None) is None


class Changing:
    """Changes the deque, or an item of it, when it is added or hashed."""

    def __init__(self, change):
        self.change = change

    def __radd__(self, total):
        self.change()
        return total

    def __hash__(self):
        self.change()
        return 1


for build in sum, set:
    for change in "append", "popleft", "clear", "rotate":
        d = deque([1, 2, 3])
        d.insert(1, Changing(getattr(d, change) if change != "append" else lambda: d.append(5)))
        fails(lambda: build(d))
    d = deque([1, 2, 3, 4])
    d[0] = Changing(lambda: d.__setitem__(2, 30))   # that is allowed, and seen
    assert build(d) == 2 + 30 + 4 if build is sum else build(d) >= {2, 30, 4}

d = deque(range(10))
it = iter(d)
d[3] = Changing(lambda: next(it))                   # one is taken by somebody else
assert sum(it) == sum(range(10)) - 3 - 4
d = deque([Changing(lambda: d.append(1))])          # also behind the last one
fails(lambda: set(d))

# extend and extendleft with several items at once, and one after the other
for limit in None, 0, 1, 5, 40:
    for start in 0, 1, 7, 30:
        for n in 0, 1, 3, 8, 50:
            for make in list, tuple, iter, deque, lambda r: r, lambda r: (x for x in r):
                d = deque(range(100, 100 + start), limit)
                d.rotate(3)
                right, left, before = d.copy(), d.copy(), list(d)
                items = range(n)
                right.extend(make(items))
                left.extendleft(make(items))
                assert list(right) == list(deque(before + list(items), limit))
                assert list(left) == (list(items)[::-1] + before)[:limit]
d = deque([1, 2, 3])
d.extendleft(d)
assert list(d) == [3, 2, 1, 1, 2, 3]

# items inserted and removed at each place, in rings that begin anywhere
for n in 0, 1, 2, 7, 8, 9, 31:
    for turn in 0, 1, 5, n:
        for i in range(-n - 2, n + 3):
            want, d = list(range(n)), deque(range(-turn, n))
            for _ in range(turn):
                d.popleft()
            want.insert(i, "new"), d.insert(i, "new")
            assert list(d) == want and len(d) == n + 1
            if -n - 1 <= i <= n:
                del want[i], d[i]
                assert list(d) == want and len(d) == n
