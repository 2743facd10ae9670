"""Runs one case of this folder: `INTERP _case.py FILE CASE THREADS [--in-step]`.

A case is a function of the number of rounds, marked with `@case(rounds)`; the first argument of a
case that says `own` is what its own thread alone uses, made by that function.  Every thread does
all the rounds.  Prints the seconds from the start of the first thread to the end of the last one,
and what the case returned: the same in every thread, unless the case says `differs`.  With
--in-step the process says "ready" first and begins when a line is sent to it.
"""
import runpy
import sys
import threading
import time

cases = {}


def case(rounds, own=None, differs=False):
    def mark(function):
        cases[function.__name__] = function, rounds, own, differs
        return function

    return mark


def load(path):
    sys.modules.setdefault("_case", sys.modules[__name__])
    runpy.run_path(path)
    return cases


def timed(function, rounds, own, threads):
    """Seconds that `threads` threads need for all the rounds each, and the results."""
    results, begins, ends = [None] * threads, [0] * threads, [0] * threads
    arguments = [(own(), rounds) if own else (rounds,) for _ in range(threads)]
    start = threading.Barrier(threads)

    def body(k):
        start.wait()
        begins[k] = time.perf_counter()  # not in this function: it may be woken when all is done
        results[k] = function(*arguments[k])
        ends[k] = time.perf_counter()

    pool = [threading.Thread(target=body, args=(k,)) for k in range(threads)]
    for t in pool:
        t.start()
    for t in pool:
        t.join()
    return max(ends) - min(begins), results


def main():
    path, name, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    function, rounds, own, differs = load(path)[name]
    if "--in-step" in sys.argv:
        print("ready", flush=True)
        sys.stdin.readline()
    seconds, results = timed(function, rounds, own, threads)
    if None in results:
        sys.exit(f"{name}: a thread failed")
    if not differs and len(set(map(repr, results))) != 1:
        sys.exit(f"{name}: the threads do not agree: {results}")
    print(f"{seconds:.6f} {results[0]}")


if __name__ == "__main__":
    main()
