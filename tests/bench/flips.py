"""Prefix reversals of permutations until the first element is 1: list slices and small loops."""
from itertools import permutations

N = 9


def flips(p):
    a = list(p)
    count = 0
    first = a[0]
    while first:
        a[:first + 1] = a[first::-1]
        count += 1
        first = a[0]
    return count


def run(n):
    best = checksum = 0
    for i, p in enumerate(permutations(range(n))):
        k = flips(p)
        if k > best:
            best = k
        checksum += k if i % 2 == 0 else -k
    for i in range(7):
        checksum += flips(tuple((j * 5 + i) % 11 for j in range(11)))
    for p in permutations(range(n - 1)):
        checksum ^= flips(p)
    return f"{checksum} {best}"


if __name__ == "__main__":
    print(run(N))
