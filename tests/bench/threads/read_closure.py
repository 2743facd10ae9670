"""Shared reads: cells of one closure, default arguments, one bound method."""
from _harness import main

N = 1_800_000


def make(a, b):
    def inner(x, k=3):
        return x * a + b + k

    return inner


class Holder:
    def __init__(self):
        self.k = 5

    def get(self, x):
        return x + self.k


shared = make(2, 7)
bound = Holder().get


def work(n):
    f, g = shared, bound
    total = 0
    for i in range(n):
        total = (total + f(i) + g(i)) & 0xFFFFF
    return total


main(work, N)
