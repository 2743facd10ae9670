"""Lists, dicts, sets, tuples and what iterates over them."""
import array
import bisect
import collections
import heapq
import itertools
import random


def lists():
    a = list(range(300))
    b = [x * x % 97 for x in a if x % 3]
    b.extend(a[10:50])
    b.sort()
    b.insert(3, -1)
    b.append(b.pop())
    b.reverse()
    del b[5:9]
    b[2:4] = [7, 8, 9]
    grid = [[0] * 12 for _ in range(12)]
    for i in range(12):
        for j, old in enumerate(grid[i]):
            grid[i][j] = old + i * j + (grid[i - 1][j] if i else 0)
    columns = list(zip(*grid))
    names = sorted(map(str, a), key=len, reverse=True)
    total = 0
    for x, y in zip(a, reversed(b)):
        if x > y:
            total += x - y
        elif x == y or y in (1, 2, 3):
            continue
    while b:
        total += b.pop()
    return (total, columns[3], names[0], a.index(77), a.count(5), 5 in a, a + [1] == a * 1,
            any(x > 298 for x in a), all(a))


def dicts():
    d = {}
    for i in range(300):
        d[i * 7 % 101] = i
        d[f"key{i % 50}"] = d.get(i % 20, 0)
        d.setdefault((i % 9, "t"), []).append(i)
    total = 0
    for key, value in d.items():
        if isinstance(value, int):
            total += value
        elif key in d:
            total += len(value)
    inverse = {v: k for k, v in d.items() if type(v) is int}
    groups = collections.defaultdict(list)
    for word in ("alpha beta gamma delta alpha beta alpha " * 10).split():
        groups[word[0]].append(word)
    merged = {**inverse, "x": 1} | dict(a=1, b=2)
    merged.update(zip("abc", range(3)))
    while len(merged) > 5:
        merged.popitem()
    counter = collections.Counter(w for g in groups.values() for w in g)
    try:
        d["missing"]
    except KeyError:
        total += 1
    return (total, sorted(counter.items()), list(d)[:3], d.pop("key1"),
            sum(d.get(i, 0) for i in range(200)))


def sets():
    seen, doubled = set(), set()
    for i in range(400):
        x = i * i % 211
        if x in seen:
            doubled.add(x)
        seen.add(x)
        doubled.discard(i)
    return (len(seen & doubled), len(seen | doubled), len(seen - doubled), seen ^ doubled == set(),
            frozenset("abc") <= set("abcd"))


def tuples():
    points = [(i % 13, i % 7, i) for i in range(200)]
    points.sort()
    total = 0
    for a, b, *rest in points:
        total += a * b + rest[0]
        pair = a, b
        b, a = pair
        total -= hash(pair) == hash((a, b))
    return total, min(points), points[3] < points[4], {p[:2]: p for p in points}[(3, 4)]


def queues():
    heap, line = [], collections.deque(maxlen=50)
    for i in range(250):
        heapq.heappush(heap, (i * 37 % 101, i))
        line.append(i)
        if i % 3 == 0:
            heapq.heappop(heap)
            line.popleft()
        line.appendleft(-i)
    marks = []
    for x in heap:
        bisect.insort(marks, x[0])
    numbers = array.array("d", marks)
    return heapq.nsmallest(3, heap), line[0], sum(numbers), bisect.bisect(marks, 50)


def streams():
    a = range(60)
    evens = filter(lambda x: x % 2 == 0, map(lambda x: x + 1, a))
    grouped = {k: list(g) for k, g in itertools.groupby(a, key=lambda x: x // 10)}
    pairs = sum(x * y for x, y in itertools.product(range(15), repeat=2))
    some = list(itertools.islice(itertools.chain.from_iterable([a, "xyz", itertools.repeat(0, 5)]),
                                 5, 64))
    perms = sum(1 for p in itertools.permutations(range(5)) if p[0] < p[-1])
    return (sum(evens), len(grouped), pairs, some[-1], perms, list(itertools.accumulate(a))[-1],
            len(list(itertools.combinations(a, 2))))


def shuffled():
    r = random.Random(5)
    numbers = [r.random() for _ in range(200)]
    r.shuffle(numbers)
    return (sorted(numbers)[0], r.randrange(10), r.choice("abc"),
            sorted(numbers, key=lambda x: -x)[0], sum(numbers))


def run():
    for _ in range(600):
        lists(), dicts(), sets(), tuples(), queues(), streams(), shuffled()


run()
