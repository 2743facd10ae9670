"""Attribute reads and writes: instances, classes, properties, slots, __getattr__, getattr()."""
N = 1_400_000


class Point:
    scale = 3

    def __init__(self, x, y):
        self.x = x
        self.y = y

    @property
    def sum(self):
        return self.x + self.y


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1
        self.b = 2


class Dynamic:
    def __getattr__(self, name):
        return len(name)


def run(n):
    p, s, d = Point(1, 2), Slotted(), Dynamic()
    total = 0
    for i in range(n):
        p.x = i
        p.y = p.x + 1
        s.a = s.b + i
        total += p.x + p.y + p.scale + Point.scale
        total += p.sum + s.a
        total += getattr(p, "x") + hasattr(p, "z")
        if i % 4 == 0:
            total += d.missing
            q = Point(i, i)
            q.extra = i
            total += q.extra
    return total


if __name__ == "__main__":
    print(run(N))
