"""Operations of list are atomic: recorded histories of two or three threads have an order
(_history.py)."""
import os

from _history import check

ROUNDS = int(os.environ.get("ROUNDS", 1000))


def op(f):
    """f(object, number): with a number drawn for each use."""
    return lambda r: lambda o, n=r.randrange(4): f(o, n)


def insert(o, n):
    o.insert(n, n + 10)


def assign(o, n):
    o[n] = n + 20


def delete(o, n):
    del o[n]


def cut(o, n):
    del o[n:n + 2]


def put(o, n):
    o[1:2] = [n, n]


def twice(o, n):
    o *= 2 if n == 0 else 1


def replace(o, n):
    o[:] = range(n)


def cut_every_other(o, n):
    del o[::2]


def put_every_other(o, n):
    o[0:4:2] = [n, n]


def unpack(o, n):
    a, *b = o
    return a, b


OPERATIONS = {
    "append": op(lambda o, n: o.append(n)), "pop": op(lambda o, n: o.pop()),
    "pop(0)": op(lambda o, n: o.pop(0)),
    "insert": op(insert), "item": op(lambda o, n: o[n]), "assign": op(assign), "delete": op(delete),
    "len": op(lambda o, n: len(o)),
    "copy": op(lambda o, n: o.copy()), "slice": op(lambda o, n: o[:3]),
    "list()": op(lambda o, n: list(o)),
    "tuple()": op(lambda o, n: tuple(o)), "clear": op(lambda o, n: o.clear()),
    "extend": op(lambda o, n: o.extend([n, n + 1])),
    "+=": op(lambda o, n: (o.__iadd__((n,)), None)[1]), "reverse": op(lambda o, n: o.reverse()),
    "cut": op(cut), "put": op(put),
    "+": op(lambda o, n: o + [n]), "*": op(lambda o, n: o * 2),
    "extend(self)": op(lambda o, n: o.extend(o) if n == 0 else None),
    "extend(tuple)": op(lambda o, n: o.extend((n, n))), "*=": op(twice), "[:] =": op(replace),
    "del [::2]": op(cut_every_other),
    "[::2] =": op(put_every_other), "[::-1]": op(lambda o, n: o[::-1]),
    "[*]": op(lambda o, n: [*o]), "pop(-2)": op(lambda o, n: o.pop(-2)),
    "f(*)": op(lambda o, n: (lambda *a: a)(*o)), "a, *b =": op(unpack),
    "bool": op(lambda o, n: bool(o)),
}
check(lambda: [0, 1, 2], list, tuple, OPERATIONS, ROUNDS, 1)
