"""Shared reads: attributes and methods of one object, of its class and its base class."""
from _harness import main

N = 1_300_000


class Base:
    factor = 3

    def scaled(self, x):
        return x * self.factor


class Shape(Base):
    limit = 1 << 20

    def __init__(self):
        self.width = 7
        self.height = 9

    @property
    def area(self):
        return self.width * self.height


shape = Shape()


def work(n):
    s = shape
    total = 0
    for i in range(n):
        total += s.width + s.height
        total += s.scaled(i & 3)
        if total > s.limit:
            total -= Shape.limit
        total += s.area
    return total


main(work, N)
