"""Operations of dict are atomic: recorded histories of two or three threads have an order
(_history.py).

list(reversed(d)) and set(d) are not among them: they are iterations, which see each item at its
moment, or end with RuntimeError when another thread changes the size.
"""
import os

from _history import check

ROUNDS = int(os.environ.get("ROUNDS", 1000))


def op(f):
    return lambda r: lambda o, k=r.choice("abc"), n=r.randrange(9): f(o, k, n)


def assign(o, k, n):
    o[k] = n


def delete(o, k, n):
    del o[k]


OPERATIONS = {
    "assign": op(assign), "delete": op(delete), "item": op(lambda o, k, n: o[k]),
    "get": op(lambda o, k, n: o.get(k)),
    "setdefault": op(lambda o, k, n: o.setdefault(k, n)), "pop": op(lambda o, k, n: o.pop(k, None)),
    "popitem": op(lambda o, k, n: o.popitem()), "in": op(lambda o, k, n: k in o),
    "len": op(lambda o, k, n: len(o)),
    "copy": op(lambda o, k, n: list(o.copy().items())), "list()": op(lambda o, k, n: list(o)),
    "items": op(lambda o, k, n: list(o.items())), "values": op(lambda o, k, n: list(o.values())),
    "clear": op(lambda o, k, n: o.clear()),
    "update": op(lambda o, k, n: o.update({k: n})), "|=": op(lambda o, k,
                                                             n: (o.__ior__({k: n}), None)[1]),
    "dict()": op(lambda o, k, n: dict(o)), "|": op(lambda o, k, n: list((o | {"z": n}).items())),
    "{**}": op(lambda o, k, n: list({**o}.items())), "tuple()": op(lambda o, k, n: tuple(o)),
    "sorted": op(lambda o, k, n: sorted(o)), "[*]": op(lambda o, k, n: [*o]),
    "list(keys())": op(lambda o, k, n: list(o.keys())),
    "in items()": op(lambda o, k, n: (k, n) in o.items()),
    "update(k=)": op(lambda o, k, n: o.update(**{k: n})), "pop()": op(lambda o, k, n: o.pop(k)),
    "bool": op(lambda o, k, n: bool(o)),
    "f(**)": op(lambda o, k, n: list((lambda **kw: kw)(**o).items())),
    "setdefault()": op(lambda o, k, n: o.setdefault(k)),
}
check(lambda: {"a": 1, "b": 2}, dict, lambda o: tuple(o.items()), OPERATIONS, ROUNDS, 2)
