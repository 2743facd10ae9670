"""Cases of shared reads: every thread reads the same objects, and none writes them."""
import json
import threading

from _case import case


class Base:
    factor = 3

    def scaled(self, x):
        return x * self.factor


class Shape(Base):
    limit = 1 << 20

    def __init__(self):
        self.width = 7
        self.height = 9

    def area(self):
        return self.width * self.height

    @property
    def half(self):
        return self.width // 2


shape = Shape()
LIMIT = 1000
STEP = 3
TABLE = {f"key{i}": i for i in range(500)}
NUMBERS = {i * 7: i for i in range(500)}
PAIRS = {(i, i + 1): i for i in range(100)}
KEYS = list(TABLE)
ITEMS = [i * 3 for i in range(1000)]
ROW = tuple(range(1000))
MEMBERS = set(ROW[::2])
OPTIONS = {f"option{i}": i for i in range(20)}
FEW = set(range(30, 60))
DOCUMENT = {"users": [{"id": i, "name": f"user {i}", "tags": ["a", "b"], "at": {"x": 1.5, "y": i}}
                      for i in range(5)], "complete": True}
TEXT = "some words that all of the threads read at the same time " * 4


@case(20_000_000)
def attribute_of_one_instance(n):
    s, total = shape, 0
    for _ in range(n):
        total += s.width + s.height
    return total


@case(7_200_000)
def method_of_one_instance(n):
    s, total = shape, 0
    for i in range(n):
        total += s.area() + s.scaled(i & 3)
    return total


@case(16_000_000)
def property_of_one_instance(n):
    s, total = shape, 0
    for _ in range(n):
        total += s.half
    return total


bound = shape.scaled


@case(10_000_000)
def one_bound_method(n):
    f, total = bound, 0
    for i in range(n):
        total += f(i & 3)
    return total


def make(a, b):
    def inner(x, k=3):
        return x * a + b + k

    return inner


shared = make(2, 7)


@case(10_000_000)
def one_closure(n):
    f, total = shared, 0
    for i in range(n):
        total += f(i & 3)
    return total


@case(20_000_000)
def index_of_one_dict(n):
    table, keys, total = TABLE, KEYS, 0
    for i in range(n):
        total += table[keys[i % 500]]
    return total


@case(8_000_000)
def get_of_one_dict(n):
    numbers, total = NUMBERS, 0
    for i in range(n):
        total += numbers.get(i % 500 * 7, 0)
    return total


@case(4_800_000)
def tuple_keys_of_one_dict(n):
    pairs, total = PAIRS, 0
    for i in range(n):
        k = i % 100
        total += pairs[k, k + 1]
    return total


@case(20_000)
def iteration_of_one_dict(n):
    total = 0
    for _ in range(n):
        for _key, value in TABLE.items():
            total += value
    return total


@case(60_000_000)
def index_of_one_list(n):
    items, total = ITEMS, 0
    for i in range(n):
        total += items[i % 1000]
    return total


@case(3_000_000)
def copies_of_one_dict(n):
    total = 0
    for _ in range(n // 2):
        total += len(OPTIONS.copy()) + len({**OPTIONS})
    return total


@case(1_000_000)
def lists_of_one_dict(n):
    total = 0
    for _ in range(n // 2):
        total += len(list(OPTIONS)) + len(list(OPTIONS.items()))
    return total


@case(60_000)
def json_of_one_document(n):
    total = 0
    for _ in range(n):
        total += len(json.dumps(DOCUMENT))
    return total


@case(96_000)
def iteration_of_one_list(n):
    total = 0
    for _ in range(n):
        for x in ITEMS:
            total += x
    return total


@case(48_000_000)
def index_of_one_tuple(n):
    row, total = ROW, 0
    for i in range(n):
        total += row[i % 1000]
    return total


@case(10_000_000)
def membership_of_one_set(n):
    members, total = MEMBERS, 0
    for i in range(n):
        total += i % 1000 in members
    return total


@case(400_000)
def operations_of_one_set(n):
    total = 0
    for _ in range(n // 4):
        total += len(FEW.copy()) + len(FEW & MEMBERS) + len(FEW | FEW) + (FEW <= MEMBERS)
    return total


@case(2_000_000)
def methods_of_one_string(n):
    text, total = TEXT, 0
    for i in range(n):
        total += text.find("time") + text.startswith("some") + len(text[i & 31:40])
    return total


@case(36_000_000)
def module_globals(n):
    total = 0
    for _ in range(n):
        total += STEP
        if total > LIMIT:
            total -= LIMIT
    return total


@case(18_000_000)
def builtins(n):
    total = 0
    for i in range(n):
        total += len(ITEMS) + abs(i & 7)
    return total


@case(30_000_000)
def class_attributes(n):
    total = 0
    for _ in range(n):
        total += Shape.limit + Base.factor
    return total


locks = [threading.Lock() for _ in range(64)]
taken = iter(locks)


@case(6_000_000, own=lambda: next(taken))
def uncontended_lock(lock, n):
    total = 0
    for _ in range(n):
        with lock:
            total += 1
    return total


class Node:
    __slots__ = ("key", "left", "right")

    def __init__(self, key):
        self.key = key
        self.left = self.right = None


def build(low, high):
    if low >= high:
        return None
    middle = (low + high) // 2
    node = Node(middle)
    node.left = build(low, middle)
    node.right = build(middle + 1, high)
    return node


ROOT = build(0, 4096)


@case(4_000)
def walk_of_one_graph(n):
    total = 0
    for _ in range(n):
        for key in range(0, 4096, 4):
            node = ROOT
            while node is not None and node.key != key:
                node = node.left if key < node.key else node.right
                total += 1
    return total
