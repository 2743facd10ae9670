"""Two threads allocate beside much live data: `INTERP big_heap.py [MEGABYTES [SECONDS]]`; pauses
and throughput."""
import gc
import sys
import threading
import time


class Node:
    __slots__ = ("left", "right", "data")

    def __init__(self, left, right, data):
        self.left, self.right, self.data = left, right, data


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) // 1024


def fill(megabytes):
    """Lists, tuples, dicts, strings and instances, linked to each other."""
    kept, last = [], None
    while resident() < megabytes:
        for i in range(20_000):
            last = Node(last if i % 100 else None, [i, str(i)],
                        {"number": i, "pair": (i, float(i) + 0.5)})
            kept.append(last)
    return kept


def allocate(end, done, longest):
    """Units of work: short-lived objects, one in a hundred kept for a while; the longest one shows
    the pauses."""
    units, before, worst = 0, time.perf_counter(), 0
    window = [None] * 1000
    while before < end:
        for i in range(100):
            window[units % 1000] = [Node(None, None, (j, str(j))) for j in range(10)][0]
        units += 1
        now = time.perf_counter()
        worst, before = max(worst, now - before), now
    done.append(units)
    longest.append(worst)


def main(megabytes=1000, seconds=10):
    kept = fill(megabytes)
    print(f"{resident()} MB resident, {len(kept)} nodes")
    gc.collect()
    for threads in 1, 2:
        done, longest = [], []
        end = time.perf_counter() + seconds
        workers = [threading.Thread(target=allocate, args=(end, done, longest))
                   for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(f"{threads} threads allocating: {sum(done) / seconds:.0f} units/s, longest unit "
              f"{1e3 * max(longest):.1f} ms")
    begin = time.perf_counter()
    gc.collect()
    print(f"gc.collect(): {1e3 * (time.perf_counter() - begin):.0f} ms")
    if hasattr(gc, "get_pauses"):
        p = gc.get_pauses()
        for kind in "young", "full":
            k = p[kind]
            print(f"{kind}: {k['count']} pauses, longest {1e3 * k['longest']:.1f} ms, median {1e3 * k['median']:.2f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
