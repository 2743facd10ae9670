"""Method calls: plain, inherited, class, static, super(), bound methods kept, operators."""
N = 700_000


class Base:
    def __init__(self, v):
        self.v = v

    def step(self, k):
        self.v = (self.v + k) & 0xFFFF
        return self.v

    def value(self):
        return self.v

    @classmethod
    def make(cls, v):
        return cls(v)

    @staticmethod
    def mix(a, b):
        return a ^ b

    def __add__(self, other):
        return self.v + other.v


class Middle(Base):
    def step(self, k):
        return super().step(k + 1)


class Leaf(Middle):
    __slots__ = ()


def run(n):
    a, b, c = Base(1), Middle(2), Leaf(3)
    bound = c.step
    total = 0
    for i in range(n):
        total += a.step(i) + b.step(i) + c.value()
        total += bound(1)
        total += Base.mix(i, total & 0xFF)
        total += Leaf.make(i).v
        total += a + b
    return total


if __name__ == "__main__":
    print(run(N))
