"""Independent work: integer arithmetic in locals."""
from _harness import main

N = 3_000_000


def work(n):
    a, b = 0, 1
    for i in range(n):
        a, b = b, (a + b) & 0xFFFFFFF
        if a & 1:
            b ^= i
    return b


main(work, N)
