"""Keys that are deleted and come again, with equal and with other hashes: a dict against a list of pairs."""
import random
from collections import OrderedDict


class Key:
    """Many of them have one hash."""

    def __init__(self, n, hash_of):
        self.n, self.hash_of = n, hash_of

    def __hash__(self):
        return self.hash_of

    def __eq__(self, other):
        return isinstance(other, Key) and self.n == other.n


def check(make, keys, seed):
    r = random.Random(seed)
    d, model = make(), []
    for step in range(6000):
        key = r.choice(keys)
        at = next((i for i, (k, _) in enumerate(model) if k == key), None)
        what = r.randrange(5)
        if what == 0 and at is not None:
            del d[key]
            del model[at]
        elif what == 1 and at is not None:
            assert d.pop(key) == model.pop(at)[1]
        elif what == 2:
            got = d.setdefault(key, step)
            if at is None:
                model.append((key, step))
            assert got == (step if at is None else model[at][1])
        elif what == 3:
            assert d.get(key) == (None if at is None else model[at][1])
        else:
            d[key] = step
            if at is None:
                model.append((key, step))
            else:
                model[at] = (model[at][0], step)
        assert len(d) == len(model)
        if step % 97 == 0:
            assert list(d.items()) == model
    assert list(d.items()) == model


for make in dict, OrderedDict:
    check(make, [str(i) for i in range(12)], 1)
    check(make, ["one"], 2)
    check(make, list(range(20)), 3)
    check(make, [i << 61 | 5 for i in range(9)], 4)
    check(make, [(i % 3, str(i)) for i in range(15)], 5)
    check(make, [Key(i, i % 3) for i in range(15)], 6)
    check(make, [5, 5.5, "5", (5,), Key(1, 5), Key(2, 5), True, None], 7)

# one key many times, between others that stay
d = {i: i for i in range(100)}
for i in range(3000):
    del d[7]
    d[7] = i
    assert d.pop("new", None) == (i - 1 if i else None)
    d["new"] = i
assert list(d)[-3:] == [99, 7, "new"]
assert len(d) == 101 and d[7] == 2999
print("ok")
