"""Classes: attributes, methods, properties, inheritance, operators, dataclasses, enumerations."""
import abc
import collections
import copy
import dataclasses
import enum
import functools
import operator


class Shape(abc.ABC):
    kind = "shape"
    made = 0

    def __init__(self, name, x=0.0, y=0.0):
        self.name = name
        self.x, self.y = x, y
        Shape.made += 1

    @abc.abstractmethod
    def area(self):
        ...

    def move(self, dx, dy=0.0):
        self.x += dx
        self.y += dy
        return self

    @property
    def position(self):
        return self.x, self.y

    @classmethod
    def unit(cls, *args, **kwargs):
        return cls("unit", 1.0, *args, **kwargs)

    @staticmethod
    def scale(value, factor=2):
        return value * factor

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}>"


class Box(Shape):
    kind = "box"

    def __init__(self, name, width, height=1.0, **where):
        super().__init__(name, **where)
        self.width = width
        self.height = height

    def area(self):
        return self.width * self.height

    def __eq__(self, other):
        return isinstance(other, Box) and self.area() == other.area()

    def __lt__(self, other):
        return self.area() < other.area()

    def __hash__(self):
        return hash((self.width, self.height))


class Disc(Shape):
    def __init__(self, name, radius):
        super().__init__(name)
        self._radius = radius

    radius = property(lambda self: self._radius, lambda self, r: setattr(self, "_radius", r))

    def area(self):
        return 3.14159 * self._radius ** 2

    def __getattr__(self, name):
        if name.startswith("extra_"):
            return name[6:]
        raise AttributeError(name)


class Vector:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b

    def __add__(self, other):
        return Vector(self.a + other.a, self.b + other.b)

    def __mul__(self, k):
        return Vector(self.a * k, self.b * k)

    def __getitem__(self, i):
        return (self.a, self.b)[i]

    def __len__(self):
        return 2

    def __iter__(self):
        yield self.a
        yield self.b

    def __bool__(self):
        return self.a != 0 or self.b != 0

    def __call__(self, k):
        return self.a * k + self.b


@dataclasses.dataclass(order=True)
class Item:
    price: float
    name: str = "item"
    tags: list = dataclasses.field(default_factory=list, compare=False)


@dataclasses.dataclass(frozen=True)
class Key:
    a: int
    b: str = "k"


class Color(enum.Enum):
    RED = 1
    GREEN = 2


Pair = collections.namedtuple("Pair", "left right")


class Node:
    def __init__(self, value):
        self.value = value
        self.left = self.right = None

    def insert(self, value):
        node = self
        while True:
            if value < node.value:
                if node.left is None:
                    node.left = Node(value)
                    return
                node = node.left
            else:
                if node.right is None:
                    node.right = Node(value)
                    return
                node = node.right

    def walk(self):
        if self.left is not None:
            yield from self.left.walk()
        yield self.value
        if self.right is not None:
            yield from self.right.walk()


def shapes():
    everything = ([Box(f"b{i}", i % 7 + 1, height=i % 5, x=1.0) for i in range(120)]
                  + [Disc("d", i) for i in range(60)])
    total = 0.0
    for shape in everything:
        total += shape.move(1.5, dy=2.0).area()
        x, y = shape.position
        if isinstance(shape, Disc):
            shape.radius += 1
            total += len(shape.extra_ab)
        elif hasattr(shape, "width") and shape.kind == "box":
            total += x * y + Shape.scale(shape.width, factor=3)
    boxes = sorted(s for s in everything if type(s) is Box)
    return (total, boxes[0], len(set(boxes)), repr(everything[-1]),
            max(everything, key=operator.attrgetter("x")))


def vectors():
    total = Vector(0, 1)
    for i in range(300):
        total = total + Vector(i, 2) * 3
        a, b = total
        if total and len(total) == 2 and total[0] >= a:
            b += total(2)
    return total.a, total.b


def records():
    items = [Item(i * 7 % 31, f"n{i}") for i in range(100)]
    items.sort()
    keys = {Key(i % 10, "x"): i for i in range(100)}
    pairs = [Pair(i, right=-i)._replace(left=1) for i in range(60)]
    colors = [Color(i % 2 + 1) is Color.RED for i in range(60)] + [Color["GREEN"].name]
    deep = copy.deepcopy(items[:20]) == items[:20] and copy.copy(items[0]) == items[0]
    return (dataclasses.replace(items[3], name="new"), keys[Key(3, "x")], pairs[0].right,
            len(colors), deep)


def tree():
    root = Node(500)
    value = 17
    for _ in range(300):
        value = value * 911 % 1009
        root.insert(value)
    return sum(root.walk())


@functools.lru_cache(maxsize=100)
def ways(n, k=2):
    return 1 if n < k else ways(n - 1, k) + ways(n - k, k)


def calls():
    def outer(a, *rest, scale=1, **options):
        def inner(b):
            nonlocal count
            count += b
            return a + b * scale
        count = 0
        return [inner(r) for r in rest] + [count + len(options)]

    add = functools.partial(operator.add, 5)
    total = 0
    for i in range(200):
        total += sum(outer(i, 1, 2, i, scale=2, extra=i)) + add(i) + ways(i % 60) + outer(*(1, 2), **{"scale": 3})[0]
        total += (lambda u, v=2: u * v)(i) + max(i, 7, 3) + abs(-i) + divmod(i, 7)[1] + min([i, 4], default=0)
    return total


def run():
    for _ in range(400):
        shapes(), vectors(), records(), tree(), calls()


run()
