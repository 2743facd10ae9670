"""Sets: membership, algebra, deduplication, graph search, frozen keys."""
N = 280_000


def reach(edges, start):
    seen, todo = {start}, [start]
    while todo:
        for k in edges[todo.pop()]:
            if k not in seen:
                seen.add(k)
                todo.append(k)
    return len(seen)


def run(n):
    a = {i * 3 for i in range(n)}
    b = set(range(0, n * 2, 2))
    total = len(a & b) + len(a | b) + len(a - b) + len(a ^ b)
    for i in range(n * 3):
        if i in a and i not in b:
            total += 1
    edges = {i: ((i * 7 + 1) % n, (i * 3 + 2) % n, (i + 1) % n) for i in range(n)}
    total += reach(edges, 0)
    keys = {}
    for i in range(n // 2):
        keys[frozenset((i % 50, i % 31, i % 17))] = i
    words = set()
    for i in range(n):
        words.add(str(i % 5000))
        if i % 3 == 0:
            words.discard(str(i % 1000))
    small = [set(range(i % 13)) for i in range(n // 6)]
    for x, y in zip(small, small[1:]):
        total += len(x & y) + x.issubset(y) + x.isdisjoint(y)
    return total + len(keys) + len(words)


if __name__ == "__main__":
    print(run(N))
