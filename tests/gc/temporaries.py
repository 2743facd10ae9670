"""Structures that a loop builds and drops leave little behind, however long the loop runs."""
import mmap
import sys

ROUNDS, MEGABYTES = 150, 3
with open("/proc/self/statm") as statm:
    if int(statm.read().split()[0]) * mmap.PAGESIZE > 1 << 30:
        sys.exit(77)  # a sanitizer has its own memory


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon:")) / 1024


def work(n):
    squares = [i * i for i in range(4000)]
    pairs = [(i, j) for i in range(50) for j in range(i)]
    table = {x: (i, str(i)) for i, x in enumerate(squares[:1500])}
    matrix = [[i * j + n for j in range(40)] for i in range(40)]
    return len(pairs) + len(table) + sum(map(sum, matrix))


most = 0
for i in range(ROUNDS):
    if i == 3:
        before = resident()
    work(i)
    most = max(most, resident())
assert most - before <= MEGABYTES, f"{most - before:.1f} MB more"
