"""Shared reads: one list and one tuple, by index and by iteration; a set."""
from _harness import main

N = 1_600_000
ITEMS = [i * 3 for i in range(1000)]
ROW = tuple(range(1000))
MEMBERS = set(ROW[::2])


def work(n):
    items, row, members = ITEMS, ROW, MEMBERS
    total = 0
    for i in range(n):
        k = i % 1000
        total += items[k] - row[k]
        if k in members:
            total += 1
    for _ in range(n // 2000):
        for x in items:
            total += x
        total += sum(row) + len(items[10:20])
    return total


main(work, N)
