"""What a call of an extension function costs, against the reference.

Usage: python3 tests/capi/_bench.py TYPHON        prints nanoseconds per call of both and their
quotient
"""
import json
import subprocess
import sys

REFERENCE = "/usr/bin/python3.11"
CASES = {
    "one argument, METH_O": "one(x)",
    "int in, int out": "add(n)",
    "float in, float out": "half(d)",
    "no argument": "none()",
    "three arguments, METH_FASTCALL": "fast(x, n, x)",
    "one argument, METH_FASTCALL": "fast(x)",
    "one object by PyArg_ParseTuple": "parsed(x)",
    "the same with keywords": "named(x)",
    "two ints by PyArg_ParseTuple": "tuple(n, 2)",
    "sum of 10 million doubles": "sum(a)",
}


def measure():
    """Best of several runs per case, in nanoseconds of processor time per turn of a loop with the
    call."""
    import array
    import time

    from _build import build

    build("bench.c", "bench", "-O2")
    import bench

    names = dict(vars(bench), x=[1], n=12345, d=2.5, a=array.array("d", [1.5]) * 10_000_000)

    def best(statement, count):
        scope = dict(names)
        exec(f"def run(count):\n    for _ in range(count):\n        {statement}\n", scope)
        times = []
        for _ in range(7):
            start = time.process_time()
            scope["run"](count)
            times.append((time.process_time() - start) / count * 1e9)
        return min(times)

    return {title: best(call, 3 if "(a)" in call else 200_000) for title, call in CASES.items()}


def main(typhon):
    results = [json.loads(subprocess.run([interpreter, __file__, "--measure"], check=True,
                                         capture_output=True, text=True).stdout)
               for interpreter in (REFERENCE, typhon)]
    for title in CASES:
        reference, own = (result[title] for result in results)
        print(f"{title:34}{reference:14.1f}{own:14.1f}{own / reference:8.2f}")


if __name__ == "__main__":
    if "--measure" in sys.argv:
        print(json.dumps(measure()))
    elif len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        sys.exit(__doc__)
