"""Shared reads: one dict with string, int and tuple keys."""
from _harness import main

N = 1_000_000
TABLE = {f"key{i}": i for i in range(500)}
NUMBERS = {i * 7: i for i in range(500)}
PAIRS = {(i, i + 1): i for i in range(100)}
KEYS = list(TABLE)


def work(n):
    table, numbers, pairs, keys = TABLE, NUMBERS, PAIRS, KEYS
    total = 0
    for i in range(n):
        k = i % 500
        total += table[keys[k]] + numbers.get(k * 7, 0)
        if i % 4 == 0:
            total += pairs[k % 100, k % 100 + 1] + ("key9" in table)
    for _ in range(n // 5000):
        for key, value in table.items():
            total += value
    return total


main(work, N)
