"""Closures: cells read and written, functions made in loops, lambda, decorators, partial."""
from functools import partial, wraps

N = 700_000


def counter(start):
    count = start

    def step(k):
        nonlocal count
        count += k
        return count

    return step


def adder(a):
    return lambda b: a + b


def logged(f):
    @wraps(f)
    def wrapper(*args):
        return f(*args)

    return wrapper


@logged
def twice(x):
    return 2 * x


def compose(*fs):
    def composed(x):
        for f in fs:
            x = f(x)
        return x

    return composed


def run(n):
    step = counter(0)
    f = compose(adder(1), adder(2), lambda x: x & 0xFFFF)
    p = partial(lambda a, b, c: a + b * c, 1, c=3)
    total = 0
    for i in range(n):
        total += step(i & 7)
        total += f(i)
        total += adder(i)(1)
        total += twice(i) + p(i)
    return total


if __name__ == "__main__":
    print(run(N))
