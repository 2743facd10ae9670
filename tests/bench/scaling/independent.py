"""Cases in which the threads share nothing but code: each works on objects of its own."""
import atexit
import collections
import contextlib
import copy
import dataclasses
import decimal
import enum
import functools
import importlib.util
import json
import operator
import os
import py_compile
import re
import shutil
import sys
import tempfile
import threading

from _case import case


@case(32_000_000)
def arithmetic_int(n):
    a, b = 1, 0
    for i in range(n):
        a = (a * 5 + i) & 0xFFFFF
        b ^= a >> 3
    return b


@case(12_000_000)
def arithmetic_float(n):
    x, y = 0.5, 0.25
    for _ in range(n):
        x = x * 0.5 + y
        y = y * 0.25 + x / 3.0
    return x


@case(200_000)
def big_ints(n):
    a, b = 3**300, 7**120
    for i in range(n):
        a = (a * b + i) % (1 << 1000) | 1
        b = b * b % (1 << 700) + i
    return a & 0xFFFF


@case(1_500_000)
def decimals(n):
    total, rate, cent = decimal.Decimal(0), decimal.Decimal("0.0825"), decimal.Decimal("0.01")
    for i in range(n):
        total = (total * rate + i).quantize(cent)
    return str(total)


def plus(a, b):
    return a + b


@case(30_000_000)
def calls(n):
    total = 0
    for i in range(n):
        total = plus(total, i) & 0xFFFFF
    return total


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@case(34)
def recursion(n):
    return fib(n)


def with_keywords(a, *, scale=2, offset=1):
    return a * scale + offset


@case(4_800_000)
def keyword_calls(n):
    total = 0
    for i in range(n):
        total += with_keywords(i & 7, offset=3) + with_keywords(1, scale=i & 3)
    return total


class Counter:
    step = 2

    def __init__(self):
        self.value = 0

    def add(self, x):
        self.value += x
        return self

    @property
    def double(self):
        return self.value * 2

    @classmethod
    def stride(cls):
        return cls.step


@case(6_000_000, own=Counter)
def methods(counter, n):
    for i in range(n):
        counter.add(i & 3).add(1)
    return counter.value


@case(8_000_000, own=Counter)
def properties(counter, n):
    total = 0
    for i in range(n):
        counter.value = i & 15
        total += counter.double
    return total


@case(24_000_000)
def closures(n):
    total = 0

    def add(x):
        nonlocal total
        total += x

    for i in range(n):
        add(i & 3)
    return total


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class SlotPoint:
    __slots__ = "x", "y"

    def __init__(self, x, y):
        self.x = x
        self.y = y


@case(3_600_000)
def new_instances(n):
    total = 0
    for i in range(n):
        p = Point(i, 1)
        total += p.x + p.y
    return total


@case(7_200_000)
def new_slots_objects(n):
    total = 0
    for i in range(n):
        p = SlotPoint(i, 1)
        total += p.x + p.y
    return total


@case(2_800_000)
def new_dicts(n):
    total = 0
    for i in range(n):
        d = {"a": i, "b": 2}
        d["c"] = 3
        total += len(d) + d["a"]
    return total


@case(3_600_000)
def new_lists(n):
    total = 0
    for i in range(n):
        a = [i, 1, 2]
        a.append(3)
        total += len(a) + a[0]
    return total


@case(8_000_000)
def new_tuples(n):
    total = 0
    for i in range(n):
        a, b, c = t = (i, total, 3)
        total = (total + a + c + len(t)) & 0xFFFFF
    return total


@case(4_800_000)
def new_closures(n):
    total = 0
    for i in range(n):
        f = lambda x: x + i
        total += f(1)
    return total


def numbers(n):
    for i in range(n):
        yield i


@case(40_000_000)
def generators(n):
    total = 0
    for x in numbers(n):
        total += x
    return total


class Manager:
    def __enter__(self):
        return 1

    def __exit__(self, *details):
        return None


@case(3_600_000, own=Manager)
def context_managers(manager, n):
    total = 0
    for _ in range(n):
        with manager as x:
            total += x
    return total


@contextlib.contextmanager
def managed():
    yield 1


@case(800_000)
def context_generators(n):
    total = 0
    for _ in range(n):
        with managed() as x:
            total += x
    return total


@case(4_000_000)
def exceptions(n):
    caught = 0
    for i in range(n):
        try:
            if i & 1:
                raise ValueError(i)
        except ValueError:
            caught += 1
    return caught


@case(48_000)
def comprehensions(n):
    total = 0
    for i in range(n):
        total += len([x * 2 for x in range(100) if x & 1])
        total += len({x: i for x in range(50)}) + len({x & 7 for x in range(50)})
    return total


@case(1_600_000)
def formatting(n):
    total = 0
    for i in range(n):
        total += len(f"{i:05d}: {i & 255:x} {'name'!r}") + len("%s-%d" % ("a", i))
    return total


LINE = "2024-03-17 12:44:01 INFO worker-3: GET /items/4711?sort=asc&page=2 200 17ms"


@case(1_000_000)
def splitting(n):
    total = 0
    for _ in range(n):
        words = LINE.split(" ")
        total += len("-".join(words)) + LINE.find("page") + len(words[0].partition("-")[2])
    return total


@case(4_800)
def sorting(n):
    total = 0
    for i in range(n):
        a = [(x * 7919 + i) % 1009 for x in range(1000)]
        a.sort()
        total += sorted(a, key=operator.neg)[0] + a[500]
    return total


@case(150_000)
def sets(n):
    total = 0
    a = set(range(100))
    for i in range(n):
        b = {x * 3 for x in range(50)}
        total += len(a & b) + len(a | b) + (i in b)
        b.add(i)
        b.discard(3)
    return total


WORD = re.compile(r"(\w+)-(\d+)")


@case(240_000)
def regular_expressions(n):
    total = 0
    for _ in range(n):
        total += len(WORD.findall(LINE)) + len(WORD.sub(r"\2", LINE)) + WORD.search(LINE).end()
    return total


DOCUMENT = {"name": "x", "items": [{"id": i, "price": i * 0.5, "tags": ["a", "b"]}
                                   for i in range(20)]}


@case(12_000)
def json_text(n):
    total = 0
    for _ in range(n):
        total += len(json.loads(json.dumps(DOCUMENT))["items"])
    return total


@case(9_600)
def deep_copies(n):
    total = 0
    for _ in range(n):
        total += len(copy.deepcopy(DOCUMENT)["items"])
    return total


@dataclasses.dataclass
class Item:
    name: str
    price: float
    count: int = 0


@case(1_400_000)
def dataclass_instances(n):
    total = 0
    for i in range(n):
        a = Item("a", 1.5, i)
        total += a.count + (a == Item("a", 1.5, 3))
    return total


Pair = collections.namedtuple("Pair", "left right")


@case(2_400_000)
def named_tuples(n):
    total = 0
    for i in range(n):
        p = Pair(i, 2)
        total += p.left + p.right
    return total


@functools.lru_cache(maxsize=None)
def square(x):
    return x * x


@case(16_000_000)
def cache_hits(n):
    total = 0
    for i in range(n):
        total += square(i & 63)
    return total


local = threading.local()


@case(6_000_000)
def thread_locals(n):
    local.value = 0
    for _ in range(n):
        local.value += 1
    return local.value


@case(8_000_000)
def isinstance_checks(n):
    total = 0
    values = [1, "a", 2.0, Counter()]
    for i in range(n):
        total += isinstance(values[i & 3], (int, Counter))
    return total


@case(4_000_000, own=Counter)
def computed_getattr(counter, n):
    names = ["value", "step", "double", "add"]
    found = 0
    for i in range(n):
        found += getattr(counter, names[i & 3]) is not None
    return found


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


@case(6_000_000)
def enum_members(n):
    total = 0
    for i in range(n):
        total += (Colour.RED if i & 1 else Colour.GREEN) is Colour.RED
    return total


@case(18_000_000)
def class_methods(n):
    total = 0
    for _ in range(n):
        total += Counter.stride()
    return total


@case(720_000)
def deques(n):
    q = collections.deque(maxlen=100)
    total = 0
    for i in range(n):
        for k in range(20):
            q.append(k)
        total += q.popleft() + len(q)
    return total


MODULE = """
import os, sys
TABLE = {'a': 1, 'b': (1, 2, 3), 'c': [7]}
class Shape:
    kind = 'shape'
    def __init__(self, width, height=1):
        self.width, self.height = width, height
    def area(self):
        return self.width * self.height
def total(values, start=0):
    try:
        return start + sum(v for v in values if v)
    except TypeError as e:
        raise ValueError('total') from e
"""


def own_modules():
    """A package of compiled modules; their names."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    package = f"{os.path.basename(folder)}_package"
    os.mkdir(os.path.join(folder, package))
    names = [f"module_{i}" for i in range(4000)]
    compiled = None
    for name in ["__init__", *names]:
        path = os.path.join(folder, package, name + ".py")
        with open(path, "w") as f:
            f.write(MODULE)
        os.utime(path, (1, 1))
        if not compiled:
            with open(py_compile.compile(path, doraise=True), "rb") as f:
                compiled = f.read()
        with open(importlib.util.cache_from_source(path), "wb") as f:
            f.write(compiled)
    sys.path.insert(0, folder)
    return [f"{package}.{name}" for name in names]


@case(4000, own=own_modules)
def imports(names, n):
    return sum(importlib.import_module(name).TABLE["c"][0] for name in names[:n])
