"""Dicts: string, int and tuple keys, counting, grouping, merging, iteration, deletion."""
from collections import Counter, defaultdict

N = 400_000


def run(n):
    words = ["key%d" % (i % 997) for i in range(n)]
    count = {}
    for w in words:
        count[w] = count.get(w, 0) + 1
    groups = defaultdict(list)
    for i, w in enumerate(words):
        groups[w[-1]].append(i)
    numbers = {i * i: i for i in range(n)}
    total = len(count) + sum(map(len, groups.values()))
    for i in range(n):
        if i in numbers:
            total += numbers[i]
    grid = {}
    for x in range(n // 200):
        for y in range(60):
            grid[x, y] = x ^ y
    for x, y in list(grid):
        total += grid.get((x + 1, y), 0) + grid[x, y]
    for k, v in count.items():
        total += len(k) * v
    for k in list(numbers)[::3]:
        del numbers[k]
    merged = {**count, **dict.fromkeys("abcdef", 2)} | {"z": 1}
    for i in range(n // 3):
        d = {"a": i, "b": i + 1, "c": [i]}
        d["d"] = d["a"] + d["b"]
        total += d["d"] + len(d) + d.pop("c")[0] + d.setdefault("e", 3)
    total += sum(merged.values()) + Counter(words).most_common(3)[0][1]
    return total + len(numbers) + sum(k for k in numbers if k & 1)


if __name__ == "__main__":
    print(run(N))
