"""What the thread benchmarks share: start N threads at once, each does the same amount of work, and time them."""
import sys
import threading
import time


def timed(work, threads, n):
    """Seconds that `threads` threads need for work(n) each, and the sum of the results."""
    results = [None] * threads
    start = threading.Barrier(threads + 1)

    def body(k):
        start.wait()
        results[k] = work(n)

    pool = [threading.Thread(target=body, args=(k,)) for k in range(threads)]
    for t in pool:
        t.start()
    start.wait()
    begin = time.perf_counter()
    for t in pool:
        t.join()
    return time.perf_counter() - begin, results


def main(work, n):
    """`FILE [THREADS [N]]`: prints the seconds and a checksum that is the same for every thread."""
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    n = int(sys.argv[2]) if len(sys.argv) > 2 else n
    seconds, results = timed(work, threads, n)
    if len(set(map(repr, results))) != 1:
        sys.exit(f"the threads do not agree: {results}")
    print(f"{seconds:.6f} {results[0]}")
