"""Calls of functools.partial with keywords of its own: their order, those that are replaced, what
is done to `keywords` later, also while another thread calls."""
import functools
import threading


def f(*a, **k):
    return a, k


p = functools.partial(f, 1, b=2, c=3)
assert p(4) == ((1, 4), {"b": 2, "c": 3}) and list(p()[1]) == ["b", "c"]
assert p(b=5, d=6) == ((1,), {"b": 5, "c": 3, "d": 6})
p.keywords["z"] = 9
del p.keywords["b"]
assert p() == ((1,), {"c": 3, "z": 9})
p.keywords[7] = 1
try:
    p()
except TypeError as e:
    assert str(e) == "keywords must be strings", e
else:
    assert False

KEYS = {f"k{i}": i for i in range(20)}
many = functools.partial(f, *range(20), **KEYS)
assert many(*range(5)) == ((*range(20), *range(5)), KEYS)


def g(a, b=2, *, c):
    return a, b, c


assert functools.partial(g, c=1)(5) == (5, 2, 1)
assert functools.partial(g, b=1, c=3)(5) == (5, 1, 3)
try:
    functools.partial(g, a=1, c=1)(5)
except TypeError as e:
    assert str(e) == "g() got multiple values for argument 'a'", e
else:
    assert False

# the keywords change while they are passed on
done = threading.Event()
changing = functools.partial(f, **KEYS)


def change():
    for i in range(3000):
        changing.keywords["k3"] = i
        changing.keywords["more"] = i
        del changing.keywords["more"]
    done.set()


thread = threading.Thread(target=change)
thread.start()
while not done.is_set():
    found = changing(0)[1]
    found.pop("more", None)
    assert found.keys() == KEYS.keys() and all(found[k] == KEYS[k] for k in KEYS if k != "k3")
thread.join()
assert changing() == ((), {**KEYS, "k3": 2999})
