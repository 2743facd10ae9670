"""What the fuzzers share: mutations, and running batches of inputs under the interpreter in
question.

Inputs have numbers, from which both sides make them.  A batch goes to one process (_child.py),
which notes in shared memory how far it is.  When the process dies or hangs, the input it was at is
saved as a failure, and the rest of the batch goes to a new process.
"""
import argparse
import os
import pickle
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time

import _guide
from _results import Results

HERE = os.path.dirname(os.path.abspath(__file__))
CHILD = os.path.join(HERE, "_child.py")
INTERESTING = (0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF)
# what one input may take; the child interrupts running code much earlier
HANG_CPU, HANG_SECONDS = 2, 600
TICK = os.sysconf("SC_CLK_TCK")


def seeds():
    folder = os.path.join(HERE, "seeds")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))
            if name.endswith(".py")]


def mutate(rng, data, start=0, rounds=None):
    """A copy of data with some bytes from `start` on changed, removed, repeated or inserted."""
    data = bytearray(data)
    for _ in range(rounds or rng.choice((1, 1, 1, 2, 3, 6, 20))):
        if len(data) <= start:
            break
        at = rng.randrange(start, len(data))
        end = min(len(data), at + rng.choice((1, 1, 2, 4, 8, 40)))
        match rng.randrange(9):
            case 0 | 1:
                data[at] ^= 1 << rng.randrange(8)
            case 2 | 3:
                data[at] = rng.choice(INTERESTING)
            case 4:
                data[at] = rng.randrange(256)
            case 5:
                del data[at:end]
            case 6:
                data[at:at] = data[at:end]
            case 7:
                to = rng.randrange(start, len(data))
                data[to:to + (end - at)] = data[at:end]
            case 8 if rng.randrange(4) == 0:
                del data[at:]
            case 8:
                data[at:at + 4] = rng.choice((0, 1, 255, 65536, 0x7FFFFFFF, 0x80000000,
                                              0xFFFFFFFF)).to_bytes(4, "little")
    return bytes(data)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Fuzzer:
    """Feeds generated inputs to the child.

    Subclasses prepare() the originals, and make(rng, number) returns (suffix, bytes); suffix None:
    it needs no file.
    """

    kind = ""

    def __init__(self, seed):
        self.seed = seed
        self.originals = []
        self.failures = []
        self.results = {}
        self.environment = {}

    def prepare(self, folder):
        """Set `originals`, with files in `folder` where need be."""

    def make(self, rng, number):
        raise NotImplementedError

    def input(self, number):
        return self.make(random.Random(f"{self.seed}/{number}"), number)

    def call(self, *args, timeout=60, **kwargs):
        return subprocess.run([*self.interp, *args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout, **kwargs)

    def fail(self, number, why, output=b""):
        os.makedirs(self.options.save, exist_ok=True)
        suffix, data = self.input(number)
        if self.options.guided:
            data = _guide.failed_input(self.folder, number)
        kept = os.path.join(self.options.save, f"{self.kind}-{self.seed}-{number}{suffix or ''}")
        with open(kept, "wb") as out:
            out.write(data)
        self.failures.append((kept, why))
        print(f"\nFAILED {kept}: {why}")
        if output:
            print("    " + output.decode("utf-8", "replace")[-1500:].rstrip().replace("\n", "\n    "), flush=True)

    def run_batch(self, first, count, folder):
        """Run inputs, restarting behind each one that fails."""
        end = first + count
        while first < end:
            results = Results(folder, first, end - first, new=True)
            with tempfile.TemporaryFile() as out:
                process = subprocess.Popen([*self.interp, CHILD, f"fuzz_{self.kind}", folder,
                                            self.seed, str(first),
                                            str(end - first)], cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
                                           stderr=subprocess.STDOUT, start_new_session=True,
                                           env={**os.environ, **self.environment})
                code = self.watch(process, results)
                out.seek(0)
                output = out.read()
            for number, text in results.known():
                self.note(number, text)
            at = results.current()
            if code == 0 and at is None:
                return
            if at is None:  # before or after all inputs, or between two
                raise SystemExit(f"the child fails outside of inputs: "
                                 f"{code}\n{output.decode('utf-8', 'replace')}")
            why = ("hangs" if code is None else signal.Signals(-code).name if code < 0
                   else f"exit code {code}")
            self.fail(at, why, output)
            first = at + 1

    def watch(self, process, results):
        """Wait while the child makes progress; its exit code, or None when it hung."""
        at, since, cpu = None, time.monotonic(), 0
        while True:
            try:
                return process.wait(0.5)
            except subprocess.TimeoutExpired:
                now = results.current()
                if now != at or now is None:
                    at, since, cpu = now, time.monotonic(), cpu_seconds(process.pid)
                elif (cpu_seconds(process.pid) - cpu > HANG_CPU * self.options.patience
                      or time.monotonic() - since > HANG_SECONDS):
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    return None

    def note(self, number, result):
        self.results[result] = self.results.get(result, 0) + 1
        if result.startswith("unclean"):
            self.fail(number, result)

    def arguments(self):
        p = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__.splitlines()[0])
        p.add_argument("interp")
        p.add_argument("--count", type=int, default=200)
        p.add_argument("--guided", action="store_true",
                       help="by coverage; INTERP is of the preset coverage")
        p.add_argument("--first", type=int, default=0, help="number of the first input")
        p.add_argument("--batch", type=int, default=2000, help="inputs per process")
        p.add_argument("--patience", type=int, default=1,
                       help="how much longer an input may take, for slow builds")
        p.add_argument("--save", metavar="DIR", default="fuzz-failures",
                       help="where failing inputs go")
        p.add_argument("--seed", default="1")
        return p.parse_args()

    def main(self):
        self.options = o = self.arguments()
        self.seed = o.seed
        self.interp = shlex.split(o.interp)
        if os.sep in self.interp[0]:
            self.interp[0] = os.path.abspath(self.interp[0])
        fast = "/dev/shm" if os.path.isdir("/dev/shm") else None
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="typhon-fuzz-", dir=fast) as folder:
            self.prepare(folder)
            self.folder = folder
            if o.guided:
                self.environment = _guide.prepare(folder)
            with open(os.path.join(folder, "seeds.pickle"), "wb") as f:
                pickle.dump(self.originals, f, 4)
            end = o.first + o.count
            for first in range(o.first, end, o.batch):
                self.run_batch(first, min(o.batch, end - first), folder)
                if sys.stderr.isatty():
                    print(f"\r{first - o.first} of {o.count}, {len(self.failures)} failed", end="",
                          file=sys.stderr, flush=True)
            if o.guided:
                print(_guide.summary(folder))
        seconds = time.monotonic() - started
        print(f"{o.count} inputs in {seconds:.0f} s, {o.count / seconds:.0f} in a second")
        for result, count in sorted(self.results.items(), key=lambda item: -item[1])[:12]:
            print(f"{count:7} {result}")
        for path, why in self.failures:
            print(f"failed: {path}: {why}")
        sys.exit(1 if self.failures else 0)
