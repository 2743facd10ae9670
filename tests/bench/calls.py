"""Calls of functions: positional, keyword, default, star arguments; recursion."""
N = 900_000


def plain(a, b):
    return a + b


def defaults(a, b=2, *, c=3):
    return a + b + c


def stars(*args, **kwargs):
    return len(args) + len(kwargs)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1 if n == 0 else ackermann(m, n - 1))


def run(n):
    total = 0
    args, kwargs = (1, 2, 3), {"x": 1, "y": 2}
    for i in range(n):
        total += plain(i, 1)
        total += plain(b=i, a=2)
        total += defaults(i)
        total += defaults(i, 5, c=i)
        total += stars(i, i, z=1)
        total += stars(*args, **kwargs)
        total += len(args) + max(i, 7) + abs(-i)
    return total + fib(23) + ackermann(2, 60)


if __name__ == "__main__":
    print(run(N))
