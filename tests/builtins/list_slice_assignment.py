"""Assignment to slices of a list with each step, of lists, tuples, iterators and the list itself,
against the same done item by item."""


def by_hand(x, s, new):
    places = range(*s.indices(len(x)))
    if s.step in (None, 1):
        start, stop = places.start, max(places.start, places.stop)
        return x[:start] + new + x[stop:]
    if len(places) != len(new):
        return f"attempt to assign sequence of size {len(new)} to extended slice of size {len(places)}"
    x = x[:]
    for i, v in zip(places, new):
        x[i] = v
    return x


def assign(x, s, new):
    try:
        x[s] = new
    except ValueError as e:
        return str(e)
    return x


big = 2**62
for n in 0, 1, 2, 5, 20:
    for start in None, 0, 1, -1, -3, 7, big, -big:
        for stop in None, 0, 3, -1, 15, big, -big:
            for step in None, 1, 2, 3, -1, -2, big, -big, 2**63 - 1, -2**63:
                s = slice(start, stop, step)
                count = len(range(*s.indices(n)))
                for m in {0, 1, count, count + 1}:
                    new = [f"n{i}" for i in range(m)]
                    for made in new, tuple(new), iter(new), (v for v in new), dict.fromkeys(new):
                        x = list(range(n))
                        assert assign(x, s, made) == by_hand(list(range(n)), s, new), (n, s, m)
                x = list(range(n))
                assert assign(x, s, x) == by_hand(list(range(n)), s, list(range(n)))
x = list(range(10))
x[::2] = x[1::2]
assert x == [1, 1, 3, 3, 5, 5, 7, 7, 9, 9]
x[::-1] = x
assert x == [9, 9, 7, 7, 5, 5, 3, 3, 1, 1]
for s, kind in (slice(0, 1), "can only assign an iterable"), (slice(0, 9, 2), "must assign iterable to extended slice"):
    try:
        x[s] = 5
    except TypeError as e:
        assert str(e) == kind
    else:
        raise AssertionError
