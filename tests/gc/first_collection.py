"""Threads that work have room for what they begin with: the first collection comes later, not for a
single thread."""
import subprocess
import sys

PROGRAM = """
import _thread, gc, sys
def run():
    kept.append([[i] for i in range(items)])
threads, items = eval(sys.argv[1])
kept = []
before = sum(generation["collections"] for generation in gc.get_stats())
for i in range(threads):
    _thread.start_new_thread(run, ())
    while len(kept) <= i:  # a long wait would bring a collection
        pass
print(sum(generation["collections"] for generation in gc.get_stats()) - before)
"""


def collections(threads, items):
    p = subprocess.run([sys.executable, "-I", "-S", "-c", PROGRAM, f"{threads}, {items}"],
                       capture_output=True,
                       text=True, check=True)
    return int(p.stdout)


if sys.implementation.name != "typhon" or collections(1, 4000) > 0:
    sys.exit(77)  # or they come without a cause here
one = next(items for items in range(8000, 400000, 4000) if collections(1, items) > 0)
assert collections(4, one // 4 + 500) == 0, one
