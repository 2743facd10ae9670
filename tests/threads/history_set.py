"""Operations of set are atomic: recorded histories of two or three threads have an order
(_history.py)."""
import os

from _history import check

ROUNDS = int(os.environ.get("ROUNDS", 1000))


def op(f):
    return lambda r: lambda o, n=r.randrange(5): f(o, n)


def pop(r):
    def f(o):
        return o.pop()

    f.possible = take
    return f


def take(state, result):
    """pop() may take any element."""
    if result is KeyError or result not in state:
        return False
    state.remove(result)
    return True


OPERATIONS = {
    "add": op(lambda o, n: o.add(n)), "remove": op(lambda o, n: o.remove(n)),
    "discard": op(lambda o, n: o.discard(n)),
    "in": op(lambda o, n: n in o), "len": op(lambda o, n: len(o)),
    "copy": op(lambda o, n: frozenset(o.copy())),
    "frozenset()": op(lambda o, n: frozenset(o)), "sorted": op(lambda o, n: sorted(o)),
    "clear": op(lambda o, n: o.clear()),
    "update": op(lambda o, n: o.update([n])), "|=": op(lambda o, n: (o.__ior__({n}), None)[1]),
    "pop": pop, "difference_update": op(lambda o, n: o.difference_update({n})),
    "set()": op(lambda o, n: frozenset(set(o))),
    "bool": op(lambda o, n: bool(o)),
    "-=": op(lambda o, n: (o.__isub__({n}), None)[1]), "|": op(lambda o, n: o | {9}),
}
check(lambda: {0, 1, 2}, set, frozenset, OPERATIONS, ROUNDS, 3)
# Several elements at one moment, for all that takes the lock.
SEVERAL = {
    "update": op(lambda o, n: o.update({n, n + 1})),
    "update(list)": op(lambda o, n: o.update([n, n + 1])),
    "update(tuple)": op(lambda o, n: o.update((n, n + 1))),
    "update(any)": op(lambda o, n: o.update([n, (n,)])),
    "update(many)": op(lambda o, n: o.update([n, n + 1] * 20)),
    "|=": op(lambda o, n: (o.__ior__({n, n + 1}), None)[1]),
    "-=": op(lambda o, n: (o.__isub__({n, n + 1}), None)[1]),
    "difference_update": op(lambda o, n: o.difference_update({n, n + 1})),
    "add": op(lambda o, n: o.add(n)), "remove": op(lambda o, n: o.remove(n)),
    "discard": op(lambda o, n: o.discard(n)), "pop": pop,
    "copy": op(lambda o, n: frozenset(o.copy())), "clear": op(lambda o, n: o.clear()),
}
check(lambda: {0, 1, 2}, set, frozenset, SEVERAL, ROUNDS, 5)
