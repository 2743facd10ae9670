"""Binary trees in several threads: `INTERP trees.py [THREADS [DEPTH]]`; how much of the time goes
to the collector."""
import gc
import sys
import threading
import time


def tree(depth):
    return (tree(depth - 1), tree(depth - 1)) if depth else (None, None)


def count(node):
    left, right = node
    return 1 if left is None else 1 + count(left) + count(right)


def work(depth, results):
    kept = tree(depth)
    found = 0
    for d in range(4, depth + 1, 4):
        for _ in range(1 << (depth - d + 4)):
            found += count(tree(d))
    results.append((found, count(kept)))


def main(threads=2, depth=16):
    results = []
    workers = [threading.Thread(target=work, args=(depth, results)) for _ in range(threads)]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - begin
    assert len(set(results)) == 1 and len(results) == threads
    print(f"{threads} threads, depth {depth}: {seconds:.2f} s")
    if hasattr(gc, "get_pauses"):
        p = gc.get_pauses()
        print(f"collector: {100 * p['total'] / seconds:.1f} % of the time, longest pause {1e3 * p['longest']:.1f} ms, "
              f"median {1e3 * p['young']['median']:.2f} ms of young objects, {1e3 * p['full']['median']:.1f} ms of all")


main(*map(int, sys.argv[1:]))
