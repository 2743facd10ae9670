"""Full collections with one marker and with two, in turn: `INTERP markers.py [MEGABYTES [PAIRS]]`.

Two processes hold the same live data, one of them with TYPHON_GC_MARKERS=1.  They collect one after
the other, so that what slows the machine down for seconds slows both, and a pair is judged by
itself.  Prints the median of the pairs' ratios, that of the processor time, and the same for two
processes with one marker each at the same time, which share nothing but the machine: more than
these reach, nobody can.
"""
import gc
import os
import statistics
import subprocess
import sys
import time

from big_heap import fill


def serve(megabytes):
    """Collects once for each line that comes."""
    kept = fill(megabytes)
    gc.collect()
    gc.collect()
    print(len(kept), flush=True)
    for _ in sys.stdin:
        begin, before = time.perf_counter(), time.process_time()
        gc.collect()
        print(time.perf_counter() - begin, time.process_time() - before, flush=True)


class Server:
    def __init__(self, markers, megabytes):
        self.process = subprocess.Popen(
            [sys.executable, __file__, "serve", str(megabytes)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, "TYPHON_GC_MARKERS": str(markers)})

    def answer(self):
        return [float(word) for word in self.process.stdout.readline().split()]

    def ask(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def stolen():
    """Seconds in which the machine's processors did something else."""
    with open("/proc/stat") as stat:
        return int(stat.readline().split()[8]) / os.sysconf("SC_CLK_TCK")


def spread(values):
    ordered = sorted(values)
    return f"{statistics.median(ordered):.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"


def main(megabytes=500, pairs=21):
    one, other, two = servers = [Server(markers, megabytes) for markers in (1, 1, 2)]
    nodes = [server.answer()[0] for server in servers]
    ratios, costs, ceilings = [], [], []
    seconds = {one: [], two: []}
    before, begin = stolen(), time.perf_counter()
    for i in range(pairs):
        results = {}
        for server in (one, two) if i % 2 else (two, one):
            server.ask()
            results[server] = server.answer()
            seconds[server].append(results[server][0])
        one.ask()
        other.ask()
        slower = max(one.answer()[0], other.answer()[0])
        ratios.append(results[one][0] / results[two][0])
        costs.append(results[two][1] / results[one][1])
        ceilings.append(2 * results[one][0] / slower)
    share = (stolen() - before) / (time.perf_counter() - begin) / os.cpu_count()
    for server in servers:
        server.end()
    print(f"{nodes[0]:.0f} nodes, {megabytes} MB; a collection takes "
          f"{1e3 * statistics.median(seconds[one]):.0f} ms with one marker, "
          f"{1e3 * statistics.median(seconds[two]):.0f} ms with two; {100 * share:.1f} % of the "
          "processors' time was stolen")
    print(f"two markers are {spread(ratios)} times as fast, in {spread(costs)} of the processor "
          f"time; two processes do {spread(ceilings)} times what one does: medians of {pairs}")


if sys.argv[1:2] == ["serve"]:
    serve(int(sys.argv[2]))
else:
    main(*map(int, sys.argv[1:]))
