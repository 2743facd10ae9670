"""Sorting of many keys of one type: in order, stable, and undone by nothing that keys of such types
hold."""
import random


def merge_sort(items, key):
    if len(items) < 2:
        return items
    half = len(items) // 2
    a, b = merge_sort(items[:half], key), merge_sort(items[half:], key)
    out, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if key(b[j]) < key(a[i]):
            out.append(b[j])
            j += 1
        else:
            out.append(a[i])
            i += 1
    return out + a[i:] + b[j:]


def same(a, b):
    return len(a) == len(b) and all(x is y or (x == y and type(x) is type(y)) for x, y in zip(a, b))


rnd = random.Random(7)
word = lambda alphabet, n: "".join(rnd.choice(alphabet) for _ in range(rnd.randrange(n)))
makers = {
    "small ints": lambda: rnd.randrange(-50, 50),
    "ints": lambda: rnd.randrange(-2**61, 2**61),
    "big ints": lambda: rnd.randrange(-2**70, 2**70),
    "floats": lambda: rnd.uniform(-1e6, 1e6),
    "few floats": lambda: rnd.choice([0.0, -0.0, 1.5, -1.5, float("inf"), float("-inf"), 1e-300,
                                      -1e300]),
    "bools": lambda: rnd.random() < 0.5,
    "mixed": lambda: rnd.choice([rnd.randrange(9), rnd.random() * 9]),
    "words": lambda: word("abc", 6),
    "long words": lambda: "https://example.org/" + word("ab", 12),
    "several words": lambda: "module/" + "".join(rnd.choice(("package_one", "package_two", "p\0\0", ""))
                                                 for _ in range(rnd.randrange(12))),
    "one character": lambda: "a" * rnd.randrange(300),
    "prefix, wide": lambda: "common/prefix/" + word("ab€", 4),
    "tuples of paths": lambda: ("common/prefix/" + word("ab", 9), rnd.randrange(3)),
    "zeros": lambda: word("\0a", 12),
    "latin": lambda: word("aé\xff", 10),
    "wide": lambda: word("aé€\U0001f600", 10),
    "tuples": lambda: (rnd.randrange(5), rnd.randrange(5)),
    "tuples of text": lambda: (word("ab", 3), rnd.random(), rnd.randrange(3)),
    "uneven tuples": lambda: tuple(rnd.randrange(2) for _ in range(1 + rnd.randrange(3))),
    "tuples of lists": lambda: (rnd.randrange(3), [rnd.randrange(3)]),
}
for name, make in makers.items():
    for n in (10, 23, 24, 25, 33, 47, 57, 64, 100, 300, 700, 3000):
        keys = [make() for _ in range(n)]
        items = [[k] for k in keys]
        wanted = merge_sort(keys, lambda k: k)
        assert same(sorted(keys), wanted), (name, n)
        ordered = merge_sort(items, lambda x: x[0])
        assert all(x is y for x, y in zip(sorted(items, key=lambda x: x[0]), ordered)), (name, n)
        backward = sorted(items, key=lambda x: x[0], reverse=True)
        assert (same([x[0] for x in backward], wanted[::-1])
                or name in ("few floats", "mixed")), (name, n)
        at = {id(x): i for i, x in enumerate(items)}
        assert all(at[id(x)] < at[id(y)] for x, y in zip(backward, backward[1:])
                   if x[0] == y[0]), (name, n)

# strings that are in order, or nearly, or the other way round
for n in (24, 100, 1024, 1025, 4000):
    for make in (str, lambda i: "the same start" + str(i), lambda i: chr(i + 40),
                 lambda i: str(i // 3),
                 lambda i: "\0" * (i % 11)):
        runs = [make(i) for i in range(n)]
        wanted = merge_sort(runs, lambda k: k)
        almost = wanted[:]
        almost[n // 2], almost[3] = almost[3], almost[n // 2]
        for keys in (runs, wanted, wanted[::-1], almost, wanted[n // 2:] + wanted[:n // 2]):
            assert sorted(keys) == wanted
            at = list(enumerate(keys))
            assert sorted(at, key=lambda p: p[1]) == merge_sort(at, lambda p: p[1])
            assert sorted(at, key=lambda p: (p[1], 0)) == merge_sort(at, lambda p: p[1])

# what has no order with the others is told, and nothing is lost
keys = [rnd.randrange(1000) for _ in range(500)] + ["x"]
try:
    keys.sort()
except TypeError as e:
    assert "'<' not supported between instances of" in str(e), e
else:
    raise AssertionError
assert len(keys) == 501 and "x" in keys
pairs = [(rnd.randrange(3), None) for _ in range(300)]
try:
    pairs.sort(key=lambda p: (p[0], object()))
except TypeError:
    pass
else:
    raise AssertionError
assert len(pairs) == 300

# NaNs: the same comparisons as ever, so nothing is lost
nan = float("nan")
numbers = [rnd.random() for _ in range(200)] + [nan] * 3
rnd.shuffle(numbers)
assert sorted(map(str, sorted(numbers))) == sorted(map(str, numbers))
assert same(sorted([nan, 1.0, nan]), [nan, 1.0, nan])


class Text(str):
    def __lt__(self, other):
        return str.__gt__(self, other)


texts = [Text(word("abc", 5)) for _ in range(200)]
assert [str(x) for x in sorted(texts)] == sorted(map(str, texts), reverse=True)

# one run, or nearly, with equal keys
for make in (int, float, str, lambda x: x * 1e-300, lambda x: x / 8):
    for n in (2, 3, 23, 24, 100):
        up = sorted(map(make, range(n)))
        for items in (up, up[::-1], [up[0]] * n, up + up[:1], up[1:] + up[:1], up[::-1] + up[-1:]):
            tagged = [(x, i) for i, x in enumerate(items)]
            assert sorted(items) == [x for x, i in sorted(tagged)]
            assert sorted(tagged, key=lambda p: p[0]) == sorted(tagged)
            assert sorted(tagged, key=lambda p: p[0], reverse=True) == sorted(
                tagged, key=lambda p: (-up.index(p[0]), p[1]))
mixed = [0.0, -0.0, 1.5, 1e-320, -1.0]
assert list(map(repr, sorted(mixed))) == ["-1.0", "0.0", "-0.0", "1e-320", "1.5"]
assert list(map(repr, sorted([0.0, -0.0]))) == ["0.0", "-0.0"]

# moving of items
numbers = []
for i in range(300):
    numbers.insert(rnd.randrange(-5, len(numbers) + 5), i)
    assert len(numbers) == i + 1
assert sorted(numbers) == list(range(300))
for start in range(9):
    for stop in range(9):
        a = list(range(40))
        del a[start:stop]
        assert a == [x for x in range(40) if not start <= x < stop]
        a = list(range(40))
        a[start:start + 2] = range(100, 100 + stop)
        assert a == [*range(start), *range(100, 100 + stop), *range(start + 2, 40)]
assert ([1, 2, 3] * 5 == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3] and [0] * 3 == [0, 0, 0]
        and [] * 9 == [])
assert [1, 2] * 0 == [1, 2] * -1 == [] and [1, 2] * 1 == [1, 2]

# text of numbers
for x in [0, 5, 9, 10, 99, 100, 101, 12345, 2**62, 2**63, 2**64, 10**19, 10**40, 7**400, 3**3000]:
    for n in (x, -x):
        digits, m = "", abs(n)
        while m:
            m, d = divmod(m, 10)
            digits = "0123456789"[d] + digits
        assert str(n) == ("-" if n < 0 else "") + (digits or "0")
        assert (hex(n) == ("-" if n < 0 else "") + "0x" + format(abs(n), "x")
                and int(hex(n), 16) == n)
        assert (bin(n) == format(n, "#b") and oct(n) == format(n, "#o")
                and int(bin(n), 0) == int(oct(n), 0) == n)
print("ok")
