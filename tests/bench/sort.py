"""Sorting: ints, floats, strings, tuples, keys, objects with __lt__, nearly sorted; heapq,
bisect."""
import bisect
import heapq

N = 120_000


class Item:
    __slots__ = ("v",)

    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return self.v < other.v


def numbers(n, seed=12345):
    out = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(seed)
    return out


def quicksort(a):
    if len(a) < 2:
        return a
    p = a[len(a) // 2]
    return (quicksort([x for x in a if x < p]) + [x for x in a if x == p]
            + quicksort([x for x in a if x > p]))


def run(n):
    a = numbers(n)
    total = sorted(a)[n // 2] + sorted([x / 3.0 for x in a])[7].__trunc__()
    total += len(sorted(map(str, a))[0])
    total += sorted([(x % 100, x) for x in a])[n // 3][1]
    total += sorted(a, key=lambda x: -x)[3] + sorted(a, key=str, reverse=True)[5]
    nearly = sorted(a)
    nearly[10], nearly[-10] = nearly[-10], nearly[10]
    nearly.sort()
    total += nearly[17] + sorted([Item(x) for x in a[:n // 3]])[5].v + quicksort(a)[11]
    heap = []
    for x in a:
        heapq.heappush(heap, x)
    while len(heap) > n // 2:
        total += heapq.heappop(heap) & 1
    ordered = []
    for x in a[:n // 3]:
        bisect.insort(ordered, x)
    words = [w for x in a for w in (hex(x),)]
    words.sort(key=len)
    words.sort(key=lambda w: w[-2:])
    return total + ordered[9] + len(words[0]) + heapq.nsmallest(5, a)[4]


if __name__ == "__main__":
    print(run(N))
