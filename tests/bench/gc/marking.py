"""Collections of much live data: `INTERP marking.py [MEGABYTES [TIMES]]`; TYPHON_GC_MARKERS=N
limits who marks."""
import gc
import statistics
import sys
import time

from big_heap import fill


def main(megabytes=500, times=5):
    kept = fill(megabytes)
    gc.collect()
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        gc.collect()
        seconds.append(time.perf_counter() - begin)
    print(f"{len(kept)} nodes: a collection takes {1e3 * min(seconds):.0f} ms, median {1e3 * statistics.median(seconds):.0f} ms")


main(*map(int, sys.argv[1:]))
