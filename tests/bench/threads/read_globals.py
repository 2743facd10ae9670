"""Shared reads: module globals and built-ins."""
from _harness import main

N = 2_000_000
LIMIT = 1000
STEP = 3


def bump(x):
    return x + STEP


def work(n):
    total = 0
    for i in range(n):
        total = bump(total)
        if total > LIMIT:
            total = abs(STEP - LIMIT) % LIMIT
    return total


main(work, N)
