"""What the fuzzers share: mutations, and running batches of inputs under the interpreter in question.

A batch of inputs goes to one process (_child.py), which notes in a file when it starts and ends each input.  When the
process dies or hangs, the input it was at is saved as a failure, and the rest of the batch goes to a new process.
"""
import argparse
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CHILD = os.path.join(HERE, "_child.py")
INTERESTING = (0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF)
PER_INPUT = 10  # seconds one input may take; the child interrupts running code after 2


def seeds():
    folder = os.path.join(HERE, "seeds")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".py")]


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
                data[at:at + 4] = rng.choice((0, 1, 255, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)).to_bytes(4, "little")
    return bytes(data)


class Fuzzer:
    """Feeds generated inputs to the child; `make(rng, number)` of a subclass returns (suffix, bytes)."""

    kind = ""

    def __init__(self):
        p = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__.splitlines()[0])
        p.add_argument("interp")
        p.add_argument("--count", type=int, default=200)
        p.add_argument("--seed", type=int, default=1)
        p.add_argument("--batch", type=int, default=40, help="inputs per process")
        p.add_argument("--save", metavar="DIR", default="fuzz-failures", help="where failing inputs go")
        self.options = p.parse_args()
        self.interp = shlex.split(self.options.interp)
        if os.sep in self.interp[0]:
            self.interp[0] = os.path.abspath(self.interp[0])
        self.failures = []
        self.results = {}

    def prepare(self, folder):
        """Make the seeds (in `folder`)."""

    def make(self, rng, number):
        raise NotImplementedError

    def call(self, *args, timeout=60, **kwargs):
        return subprocess.run([*self.interp, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout, **kwargs)

    def fail(self, path, why, output=b""):
        os.makedirs(self.options.save, exist_ok=True)
        name = f"{self.kind}-{self.options.seed}-{os.path.basename(path)}"
        kept = os.path.join(self.options.save, name)
        with open(path, "rb") as f, open(kept, "wb") as out:
            out.write(f.read())
        self.failures.append((kept, why))
        print(f"\nFAILED {kept}: {why}")
        if output:
            print("    " + output.decode("utf-8", "replace")[-1500:].rstrip().replace("\n", "\n    "), flush=True)

    def run_batch(self, paths, folder):
        """Run the paths, restarting behind each one that fails."""
        while paths:
            notes = os.path.join(folder, "notes")
            open(notes, "w").close()
            with tempfile.TemporaryFile() as out:
                process = subprocess.Popen([*self.interp, CHILD, self.kind, notes, *paths], cwd=folder,
                                           stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                           start_new_session=True)
                code = self.watch(process, notes)
                out.seek(0)
                output = out.read()
            with open(notes) as f:
                lines = f.read().splitlines()
            started = sum(line.startswith("start ") for line in lines)
            for path, line in zip(paths, (line for line in lines if line.startswith("end "))):
                self.note(path, line[4:])
            if code == 0 and started == len(paths):
                return
            at = max(started - 1, 0)
            why = "hangs" if code is None else signal.Signals(-code).name if code < 0 else f"exit code {code}"
            self.fail(paths[at], why, output)
            paths = paths[at + 1:]

    def watch(self, process, notes):
        """Wait while the child makes progress; its exit code, or None when it hung."""
        size, since = 0, time.monotonic()
        while True:
            try:
                return process.wait(0.5)
            except subprocess.TimeoutExpired:
                now = os.path.getsize(notes)
                if now != size:
                    size, since = now, time.monotonic()
                elif time.monotonic() - since > PER_INPUT:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    return None

    def note(self, path, result):
        self.results[result] = self.results.get(result, 0) + 1
        if result.startswith("unclean "):
            self.fail(path, result)

    def main(self):
        o = self.options
        rng = random.Random(o.seed)
        with tempfile.TemporaryDirectory(prefix="typhon-fuzz-") as folder:
            self.prepare(folder)
            done = 0
            while done < o.count:
                paths = []
                for number in range(done, min(done + o.batch, o.count)):
                    suffix, data = self.make(rng, number)
                    path = os.path.join(folder, f"input{number:05}{suffix}")
                    with open(path, "wb") as f:
                        f.write(data)
                    paths.append(path)
                self.run_batch(paths, folder)
                for path in paths:
                    os.unlink(path)
                done += len(paths)
                if sys.stderr.isatty():
                    print(f"\r{done} of {o.count}, {len(self.failures)} failed", end="", file=sys.stderr, flush=True)
        for result, count in sorted(self.results.items(), key=lambda item: -item[1])[:12]:
            print(f"{count:7} {result}")
        for path, why in self.failures:
            print(f"failed: {path}: {why}")
        sys.exit(1 if self.failures else 0)
