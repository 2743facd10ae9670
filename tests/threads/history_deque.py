"""Operations of deque are atomic: recorded histories of two or three threads have an order
(_history.py)."""
import os
from collections import deque

from _history import check

ROUNDS = int(os.environ.get("ROUNDS", 1000))


def op(f):
    return lambda r: lambda o, n=r.randrange(4): f(o, n)


def assign(o, n):
    o[n] = n + 20


def delete(o, n):
    del o[n]


OPERATIONS = {
    "append": op(lambda o, n: o.append(n)), "appendleft": op(lambda o, n: o.appendleft(n)),
    "pop": op(lambda o, n: o.pop()),
    "popleft": op(lambda o, n: o.popleft()), "item": op(lambda o, n: o[n]), "assign": op(assign),
    "len": op(lambda o, n: len(o)),
    "copy": op(lambda o, n: tuple(o.copy())), "clear": op(lambda o, n: o.clear()),
    "extend": op(lambda o, n: o.extend([n, n + 1])),
    "rotate": op(lambda o, n: o.rotate(n)), "reverse": op(lambda o, n: o.reverse()),
    "insert": op(lambda o, n: o.insert(1, n)),
    "delete": op(delete), "extend(tuple)": op(lambda o, n: o.extend((n, n))),
    "+=": op(lambda o, n: (o.__iadd__([n, n]), None)[1]),
    "+": op(lambda o, n: tuple(o + deque([n]))), "bool": op(lambda o, n: bool(o)),
}
check(lambda: deque([0, 1, 2]), deque, tuple, OPERATIONS, ROUNDS, 4)
del OPERATIONS["insert"]  # raises when full
check(lambda: deque([0, 1, 2], 4), deque.copy, tuple, OPERATIONS, ROUNDS, 6)
