"""What most programs do, each a few times: for tools/start_order.py.

A traced run takes a hundred times as long, so that this has to be short.
"""
import functools
import gc
import itertools
import math
import operator
import random
import re
import struct
import sys
import time
from collections import OrderedDict, defaultdict, deque, namedtuple

TIMES = 70  # until operations are specialised


class Shape:
    count = 0
    __slots__ = ("name",)

    def __init__(self, name="none", *rest, scale=1, **options):
        self.name = name
        Shape.count += len(rest) + len(options) + scale

    def __lt__(self, other):
        return self.name < other.name

    def __eq__(self, other):
        return isinstance(other, Shape) and self.name == other.name

    def __hash__(self):
        return hash(self.name)


class Box(Shape):
    def __init__(self, name, width, height):
        super().__init__(name)
        self.width = width
        self.height = height

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r}, {self.width:.2f}, {self.height:>5})"

    def __len__(self):
        return int(self.width)

    def __getitem__(self, i):
        if i >= len(self):
            raise IndexError(i)
        return i

    def __add__(self, other):
        return Box(self.name + other.name, self.width + other.width, self.height)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        return kind is KeyError

    def __call__(self, *args, **named):
        return self.total(*args, **named)

    def total(self, a, b=2, *, c=3):
        return a + b + c

    @property
    def area(self):
        return self.width * self.height

    @classmethod
    def square(cls, side):
        return cls("square", side, side)

    @staticmethod
    def unit():
        return 1.0


Point = namedtuple("Point", "x y")


def numbers(n):
    total, x, big = 0, 1.5, 1
    for i in range(n):
        total += i * 3 - (i // 7) % 5
        total ^= (i << 2 | i >> 1) & 0xFFFF
        x = x * 1.01 + i / 3 - abs(-x) ** 0.5
        if i % 3 == 0 and not i & 1 or x > 1e9:
            x -= round(x / 2, 3)
        big *= i + 1
    text = str(big)
    found = float("1.5") < x, int(text) == big, divmod(big, 10**20 + 1)[1]
    return total, math.floor(x), found, min(total, 3), max(1, 2.5)


def count(n):
    while n > 0:
        sent = yield n
        n -= 1 if sent is None else sent


def delegate(n):
    yield from count(n)
    return n


def counter():
    n = 0

    def step(by=1):
        nonlocal n
        n += by
        return n

    return step


@functools.lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def failing(i):
    try:
        if i % 3 == 0:
            raise ValueError("three", i)
        if i % 3 == 1:
            return {}[i]
        return [][i]
    except ValueError as e:
        return e.args[1]
    except (KeyError, IndexError):
        return -i
    finally:
        i += 1


def containers(n):
    items = [i * 7 % 11 for i in range(n)]
    items.append(3)
    items.extend((4, 5))
    items[0], items[1] = items[1], items[0]
    items.sort()
    names = sorted((str(i) for i in items), key=len, reverse=True)
    table = {name: i for i, name in enumerate(names)}
    table["more"] = table.get("1", 0) + table.setdefault("new", 2)
    table.pop("new")
    groups = defaultdict(list)
    for key, value in table.items():
        groups[value % 3].append(key)
    unique = {i % 5 for i in items} | {1, 2} & {2, 3}
    unique.discard(1)
    queue = deque(items, maxlen=20)
    queue.appendleft(queue.pop())
    first, *rest, last = items
    swapped = dict(zip(table.values(), table))
    matrix = [[i * j for j in range(5)] for i in range(5)]
    ordered = OrderedDict(a=1, b=2)
    del ordered["a"], items[3:5], rest[0]
    items[2:4] = rest[:2]
    chained = list(itertools.chain(items[:2], itertools.islice(unique, 2)))
    found = (3 in items, "7" in table, items.index(4), list(filter(None, items))[-1], any(unique),
             all(rest))
    return (sum(items), len(groups), len(swapped), found, chained, list(map(len, names))[0],
            first < last,
            [row[1] for row in matrix], tuple(reversed(items))[:2],
            sorted(table, key=table.get)[:2], items[::-2])


def texts(n):
    words = ("the quick brown fox jumps over the lazy dog " * 3).split()
    out = []
    for i, word in enumerate(words):
        out.append(word.upper() if i % 2 else word.capitalize() + "-" + word[1:])
        out[-1] = out[-1].replace("o", "0").strip().rjust(8).lower()
    line = ", ".join(out)
    line += "%s %d %5.2f %r" % ("x", n, 1.5, words[0])
    data = line.encode() + b"\x00" + bytes(range(10)) + struct.pack("<IH", n, 2)
    found = re.findall(r"(\w+)-(\d+)", line), re.match(r"a|b", line)
    changed = (re.sub("[aeiou]", lambda m: m[0].upper(), line)[:5], line.partition("-")[0],
               line.title())
    codes = (ord("a"), chr(0x20AC), "é€".encode(), data.decode("latin-1")[-1], bytearray(data)[0],
             data[-2:].hex())
    return (line.startswith("the"), line.find("fox"), line.count("e"), line.isalpha(), found,
            changed, codes,
            data[3], "{:>4}|{name}".format(n, name="n"))


def objects(n):
    boxes = [Box(f"box{i}", i, 2) for i in range(n)]
    total = sum(box.area + box(1, c=2) + Box.unit() for box in boxes)
    for box in boxes:
        box.width += 1
        box.tag = "t"
        with box as same, Box.square(3):
            if same.width > 3:
                raise KeyError(same.name)
    add = functools.partial(operator.add, 1)
    points = [Point(i, y=2)._replace(x=1).x for i in range(3)]
    made = type("Made", (Box,), {"extra": 1}).extra
    asked = (getattr(boxes[0], "missing", None), hasattr(boxes[0], "area"),
             isinstance(boxes[0], (int, Shape)))
    return (total, len({box for box in boxes}), repr(max(boxes)), boxes[0] + boxes[1], asked, made,
            add(2), points,
            list(boxes[4]))


def main():
    step = counter()
    for i in range(TIMES):
        failing(i)
        step(by=i)
        sum(delegate(3))
    generator = count(5)
    next(generator)
    generator.send(2)
    pick = random.Random(1)
    result = [numbers(TIMES), containers(TIMES), texts(TIMES), objects(TIMES), fibonacci(20)]
    result.append((pick.randrange(9), pick.choice("abc"), pick.random()))
    assert (lambda a, *b: a)(*[1, 2]) == 1, time.perf_counter()
    exec(compile("value = [eval('1 + 2'), globals().keys()]", "text", "exec"), {})
    for i in range(3):  # what survives one collection, and a part of what is garbage
        kept = [[j, str(j)] for j in range(300)]
        gc.collect()
    print(len(repr(result)), len(kept), file=sys.stderr)


main()
