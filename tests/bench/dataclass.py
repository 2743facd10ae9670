"""Data classes, named tuples and enums: making, comparing, replacing, sorting, hashing."""
from collections import namedtuple
from dataclasses import asdict, dataclass, field, replace
from enum import Enum, Flag, auto

N = 60_000


@dataclass
class Item:
    name: str
    price: float
    count: int = 0
    tags: list = field(default_factory=list)

    def total(self):
        return self.price * self.count


@dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int
    patch: int = 0


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


class Right(Flag):
    READ = auto()
    WRITE = auto()
    RUN = auto()


Row = namedtuple("Row", "a b c")


def run(n):
    total = 0
    seen = set()
    versions = []
    for i in range(n):
        item = Item("x", 2.5, i)
        item.tags.append(i)
        total += int(item.total()) + (item == Item("x", 2.5, i, [i]))
        v = Version(i % 7, i % 11, i % 13)
        seen.add(v)
        versions.append(v)
        row = Row(i, 2, c=3)
        total += row.a + row.b + row[2] + len(row._replace(b=5))
        total += Colour(i % 3 + 1).value + (Colour.RED is Colour["RED"])
        right = Right.READ | Right.WRITE if i & 1 else Right.RUN
        total += Right.READ in right
        match item:
            case Item(name="x", count=0):
                total += 5
            case Item(price=p) if p > 2:
                total += 1
        if i % 10 == 0:
            total += len(asdict(item)) + replace(v, major=9).major
    versions.sort()
    return total + len(seen) + versions[n // 2].minor


if __name__ == "__main__":
    print(run(N))
