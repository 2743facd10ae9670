"""Parameters, closures, decorators, lambdas, generators, recursion."""
from functools import reduce


def many(a, b=2, /, c=3, *rest, d, e=5, **more):
    """All kinds of parameters."""
    return a, b, c, rest, d, e, sorted(more.items())


def make(k):
    count = 0

    def step(x: int = 1) -> int:
        nonlocal count
        count += x * k
        return count

    return step


def deco(f):
    def inner(*args, **kwargs):
        return f(*args, **kwargs), f.__name__

    return inner


@deco
def fact(n):
    return 1 if n < 2 else n * fact.__wrapped__(n - 1) if hasattr(fact, "__wrapped__") else n


def gen(n):
    got = yield n
    while got:
        got = yield got + n
    yield from range(3)
    return "end"


def outer():
    result = yield from gen(1)
    yield result


step = make(3)
print(many(1, d=4), many(1, 2, 3, 4, 5, d=6, z=7), many(*[1, 2], **{"d": 1}))
print([step(), step(2)], fact(4), reduce(lambda a, b: a * b, [1, 2, 3]))
g = gen(2)
print(next(g), g.send(5), g.send(0), list(g), list(outer()))
print([f() for f in [lambda i=i: i for i in range(3)]], (lambda *a, k=1: (a, k))(1, 2, k=3))


async def work():
    async with Manager() as m:
        return [x async for x in m]


class Manager:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc):
        return False

    def __aiter__(self):
        return numbers()


async def numbers():
    yield 1
    yield 2


try:
    work().send(None)
except StopIteration as e:
    print(e.value)
