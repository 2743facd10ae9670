"""Operations of set are atomic: recorded histories of three threads have an order (_history.py)."""
import os

from _history import check

ROUNDS = int(os.environ.get("ROUNDS", 1000))


def op(f):
    return lambda r: lambda o, n=r.randrange(5): f(o, n)




OPERATIONS = {
    "add": op(lambda o, n: o.add(n)), "remove": op(lambda o, n: o.remove(n)), "discard": op(lambda o, n: o.discard(n)),
    "in": op(lambda o, n: n in o), "len": op(lambda o, n: len(o)), "copy": op(lambda o, n: frozenset(o.copy())),
    "frozenset()": op(lambda o, n: frozenset(o)), "sorted": op(lambda o, n: sorted(o)), "clear": op(lambda o, n: o.clear()),
    "update": op(lambda o, n: o.update([n])), "|=": op(lambda o, n: (o.__ior__({n}), None)[1]),
    "-=": op(lambda o, n: (o.__isub__({n}), None)[1]), "|": op(lambda o, n: o | {9}), "issubset": op(lambda o, n: o <= {0, 1, 2}),
}
check(lambda: {0, 1, 2}, set, frozenset, OPERATIONS, ROUNDS, 3)
