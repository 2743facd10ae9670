"""Independent work: functions, methods, generators, exceptions."""
from _harness import main

N = 22


class Counter:
    def __init__(self):
        self.count = 0

    def up(self, k):
        self.count += k
        return self.count


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def numbers(n):
    for i in range(n):
        yield i


def work(n):
    c = Counter()
    for i in numbers(n * 100_000):
        c.up(i)
        if i % 7 == 0:
            try:
                raise KeyError(i)
            except KeyError as e:
                c.up(len(e.args))
    return fib(n) + c.count


main(work, N)
