"""Prints what start and import take beside what is wanted of them, each against the reference.

    python3.11 tests/bench/import/figures.py build/release/typhon [--only NAME,...] [--runs K]

start     CPU time of `-S -I -c pass` and of `-c pass` as a part of the reference's
calls     system calls of `-S -I -c pass` (strace)
memory    most memory that `-S -I -c pass` has resident
modules   a module of an application of 200 with cached bytecode, from a folder and an archive
one_file  the application as one executable file, and such a file that prints a line
index     opening an archive of 100,000 entries
threads   four threads that import 200 modules each against one thread that imports all of these,
          and what the machine gives: two processes that import half of them each side by side
          against one after the other, without what their starts take
second    files that a second isolated interpreter opens to import the same 200 modules
verifier  its part of the instructions that importing takes (valgrind)

CPU time, since other programs run on the machine; `threads` needs two idle cores.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

from _application import write_application

MODULES = 200
ENV = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
IMPORT_ALL = ("import time; t = time.process_time_ns(); import app.main; "
              "print(time.process_time_ns() - t)")


def output(*command, **more):
    p = subprocess.run(command, check=True, capture_output=True, text=True, env=ENV, **more)
    return p.stdout


def cpu_ms(command):
    """CPU time of a process, in milliseconds."""
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1)]
    _, status, usage = os.wait4(os.posix_spawn(command[0], command, ENV, file_actions=quiet), 0)
    if status:
        sys.exit(f"{command} failed: {status}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def compare(ours, other, runs):
    """Milliseconds of both, and ours as a part of the other's: medians of neighbouring runs."""
    pairs = [(cpu_ms(ours), cpu_ms(other)) for _ in range(runs)]
    return (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs),
            statistics.median(a / b for a, b in pairs))


class Figures:
    def __init__(self, interp, reference, runs, folder):
        self.interp, self.reference, self.runs, self.folder = interp, reference, runs, folder
        self.missed = 0

    def show(self, what, value, wanted, unit="", note=""):
        over = value > wanted if wanted >= 0 else value < -wanted
        self.missed += over
        bound = "at most" if wanted >= 0 else "at least"
        print(f"{what:44} {value:9.2f} {unit:8} wanted: {bound} {abs(wanted):g}"
              f"{'  MISSED' if over else ''}{'   ' + note if note else ''}", flush=True)

    def tell(self, what, value, note):
        print(f"{what:44} {value:9.2f} {'':8} {note}", flush=True)

    def start(self):
        for args, wanted in (["-S", "-I", "-c", "pass"], 0.4), (["-c", "pass"], 0.5):
            a, b, part = compare([self.interp, *args], [self.reference, *args], 10 * self.runs)
            self.show(" ".join(args), part, wanted, "", f"{a:.2f} ms, reference {b:.2f} ms")

    def calls(self):
        output("strace", "-f", "-c", "-o", "calls", self.interp, "-S", "-I", "-c", "pass")
        with open("calls") as f:
            last = f.read().split()
        self.show("system calls", int(last[-3 if last[-2].isdigit() else -2]), 80)

    def memory(self):
        """Of a process that waits: what it would need to look at itself is not that of a start."""
        most = []
        program = "import posix; posix.write(1, b' '); posix.read(0, 1)"
        for interp in self.interp, self.reference:
            with subprocess.Popen([interp, "-S", "-I", "-c", program], env=ENV,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
                p.stdout.read(1)
                with open(f"/proc/{p.pid}/status") as f:
                    most.append(int(f.read().split("VmHWM:")[1].split()[0]) * 1024 / 1e6)
        self.show("memory", most[0], 6, "MB", f"reference {most[1]:.1f} MB")

    def application(self):
        if not os.path.exists("app"):
            write_application(".", MODULES)
            for interp in self.interp, self.reference:
                output(interp, "-I", "-c", f"import sys; sys.path.insert(0, '.'); {IMPORT_ALL}")

    def one_module(self, interp, path):
        program = f"import os, sys; sys.path.insert(0, {path!r}); {IMPORT_ALL}"
        times = [int(output(interp, "-I", "-c", program)) for _ in range(2 * self.runs)]
        return statistics.median(times) / MODULES / 1000

    def pack(self, name, *args):
        output(self.interp, "-m", "typhon.pack", *args, "-o", name, "--quiet")

    def modules(self):
        self.application()
        ours, other = self.one_module(self.interp, "."), self.one_module(self.reference, ".")
        self.show("a module from a folder", ours, 35, "us", f"reference {other:.1f}")
        self.pack("app.pyz", "app", "-m", "app.main:len")
        packed = self.one_module(self.interp, "app.pyz")
        self.show("a module from an archive", packed, ours, "us", "no slower than from a folder")

    def one_file(self):
        self.application()
        with open("hello.py", "w") as f:
            f.write('print("hello")\n')
        with open("all.py", "w") as f:
            f.write("import app.main\n")
        self.pack("hello", "hello.py", "--executable")
        self.pack("all", "all.py", "--executable")
        bare = [self.interp, "-S", "-I", "-c", "pass"]
        ms, _, part = compare([os.path.abspath("hello")], bare, 10 * self.runs)
        self.show("a line from one file, of -S -I -c pass", part, 1.2, "", f"{ms:.2f} ms")
        ms = compare([os.path.abspath("all")], bare, 2 * self.runs)[0]
        self.show("200 modules from one file", ms, 10, "ms")

    def index(self):
        with zipfile.ZipFile("many.zip", "w") as z:
            for i in range(100_000):
                z.writestr(f"folder{i % 100}/module{i}.py", "")
        program = ("import time, zipimport; t = time.process_time_ns()\n"
                   "zipimport.zipimporter('many.zip'); print(time.process_time_ns() - t)")
        times = [int(output(self.interp, "-I", "-c", program)) for _ in range(self.runs)]
        self.show("index of 100,000 entries", statistics.median(times) / 1e6, 20, "ms",
                  "the reference reads no more than 65,535")

    def threads(self):
        for i in range(4):
            write_application(f"tree{i}", MODULES, name=f"tree{i}")
        program = ("import sys, threading, time\n"
                   "sys.path[:0] = ['tree0', 'tree1', 'tree2', 'tree3']\n"
                   "def load(trees):\n    for i in trees: __import__(f'tree{i}.main')\n"
                   "parts = eval(sys.argv[1])\n"
                   "threads = [threading.Thread(target=load, args=(p,)) for p in parts]\n"
                   "print(flush=True); input(); t = time.perf_counter()\n"
                   "for x in threads: x.start()\n"
                   "for x in threads: x.join()\n"
                   "print(time.perf_counter() - t)")

        def seconds(*lots):
            """Of the slowest of processes, one for each lot of threads, that begin together."""
            command = [self.interp, "-I", "-c", program]
            processes = [subprocess.Popen([*command, str(parts)], env=ENV, text=True,
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                         for parts in lots]
            for p in processes:
                p.stdout.readline()
            for p in processes:
                p.stdin.write("\n")
                p.stdin.flush()
            return max(float(p.communicate()[0]) for p in processes)

        one, four, halves = [range(4)], [[0], [1], [2], [3]], ([[0, 1]], [[2, 3]])
        seconds(one)
        rows = [(seconds(one), seconds(four), sum(seconds(half) for half in halves),
                 seconds(*halves)) for _ in range(4 * self.runs)]
        ms = [statistics.median(column) * 1000 for column in zip(*rows)]
        times, host = (statistics.median(r[i] / r[i + 1] for r in rows) for i in (0, 2))
        self.show("four threads, times one thread", times, -1.7, "",
                  f"{ms[0]:.1f} ms, {ms[1]:.1f} ms")
        self.tell("two processes, times one after the other", host,
                  f"{ms[2]:.1f} ms, {ms[3]:.1f} ms; what the machine gives")

    def second(self):
        self.application()
        program = ("import sys, _imp, posix; from typhon import interpreters\n"
                   "load = \"import sys; sys.path.insert(0, '.'); import app.main\"\n"
                   "interpreters.create().exec(load); before = _imp._bytecode_cache_counts()\n"
                   "other = interpreters.create(); posix.stat('second'); other.exec(load)\n"
                   "posix.stat('end'); print(before, _imp._bytecode_cache_counts())")
        open("second", "w").close()
        open("end", "w").close()
        output("strace", "-f", "-qq", "-o", "calls", self.interp, "-I", "-c", program)
        with open("calls") as f:
            text = f.read().partition('"second"')[2].partition('"end"')[0]
        files = re.findall(r'open(?:at)?\(.*\.(?:py|pyc)"', text)
        self.show("files that a second interpreter opens", len(files), 0)

    def verifier(self):
        self.application()
        load = "import sys; sys.path.insert(0, '.'); import app.main"
        tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=costs"]
        output(*tool, self.interp, "-I", "-c", load)
        total = {}
        lines = output("callgrind_annotate", "--inclusive=yes", "--threshold=100", "costs")
        for line in lines.splitlines():
            m = re.match(r"\s*([\d,]+) \(.*:(code_verify|import_missing)\b", line)
            if m:
                total[m[2]] = max(total.get(m[2], 0), int(m[1].replace(",", "")))
        part = total["code_verify"] / total["import_missing"]
        self.show("the verifier's part", 100 * part, 10, "%")


def main():
    names = ["start", "calls", "memory", "modules", "one_file", "index", "threads", "second",
             "verifier"]
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("interp")
    ap.add_argument("--reference", default="/usr/bin/python3.11")
    ap.add_argument("--runs", type=int, default=10)
    ap.add_argument("--only", type=lambda s: s.split(","), default=names)
    args = ap.parse_args()
    interp = os.path.abspath(args.interp)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        figures = Figures(interp, args.reference, args.runs, folder)
        for name in args.only:
            getattr(figures, name)()
        os.chdir("/")
    return figures.missed > 0


if __name__ == "__main__":
    sys.exit(main())
