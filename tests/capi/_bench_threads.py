"""What extensions do to threads: speed of a thread while another is busy, and of two threads that
do the same.

Usage: python3 tests/capi/_bench_threads.py TYPHON        prints for both interpreters how much work
per second two threads do, as a multiple of what one does alone: 2 is all that two cores can give, 1
is what one core gives.  Time in which a thread was ready but had no core is left out, so that other
programs on the machine do not count.
"""
import json
import os
import shutil
import subprocess
import sys

REFERENCE = "/usr/bin/python3.11"
CASES = {
    "Python beside Python": ("python", "python"),
    "Python beside a busy extension function": ("python", "extension"),
    "Python beside a Cython loop without the GIL": ("python", "cython"),
    "a Cython loop without the GIL, twice": ("cython", "cython"),
}


def works():
    """name: function that does some 50 ms of work."""
    from _build import FOLDER, HERE, build

    build("bench.c", "bench", "-O2")
    shutil.copy(os.path.join(HERE, "generated.pyx"), FOLDER)
    source = os.path.join(FOLDER, "generated.c")
    subprocess.run(["cython3", os.path.join(FOLDER, "generated.pyx"), "-o", source], check=True)
    build(source, "generated", "-w", "-O2")
    import bench
    import generated

    def python():
        s = 0
        for i in range(1_000_000):
            s += i & 7
        return s

    return {"python": python, "extension": lambda: bench.spin(50),
            "cython": lambda: generated.nogil_loop(10_000_000)}


def clock():
    """Seconds of this thread's life without those it waited for a core."""
    import time

    with open("/proc/thread-self/schedstat") as f:
        return time.monotonic() - int(f.read().split()[1]) / 1e9


def rate(*functions):
    """Calls per second of each function, all of them running at once."""
    import threading

    gate, rates = threading.Barrier(len(functions)), [0] * len(functions)

    def run(k, work):
        gate.wait()
        start, count = clock(), 0
        while clock() < start + 1.5:
            work()
            count += 1
        rates[k] = count / (clock() - start)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rates


def measure():
    work = works()
    alone = {name: max(rate(f)[0] for _ in range(2)) for name, f in work.items()}
    results = {}
    for title, names in CASES.items():
        both = [sum(r / alone[name] for r, name in zip(rate(*(work[name] for name in names)),
                                                       names)) for _ in range(3)]
        results[title] = max(both)
    return results


def main(typhon):
    results = [json.loads(subprocess.run([interpreter, __file__, "--measure"], check=True,
                                         capture_output=True, text=True).stdout)
               for interpreter in (REFERENCE, typhon)]
    for title in CASES:
        print(f"{title:48}{results[0][title]:8.2f}{results[1][title]:8.2f}")


if __name__ == "__main__":
    if "--measure" in sys.argv:
        print(json.dumps(measure()))
    elif len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        sys.exit(__doc__)
