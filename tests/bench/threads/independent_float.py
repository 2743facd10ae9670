"""Independent work: floating point in locals."""
from _harness import main

N = 3_000_000


def work(n):
    x = 0.5
    for i in range(n):
        x = 3.7 * x * (1.0 - x) + 1e-9 * i / n
    return x


main(work, N)
