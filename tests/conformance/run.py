#!/usr/bin/python3.11
"""Runs the reference test suite (Debian: libpython3.11-testsuite) and compares with what passed
before.

    tests/conformance/run.py INTERP [--only MODULE[,MODULE...]] [--jobs 2] [--limit 300] [--update]
    [--logs DIR]

Each module of core_modules.txt runs in a process of its own, in a fresh folder, with a time limit.
expected.txt holds the ids of the tests that must pass; one that does not is a regression, and the
exit code is 1.  A module with regressions is run a second time before they count, so that a single
unlucky moment does not fail the run. Ids that pass without being expected are named, too: README.md
in this folder says why they should not.  Those of flaky.txt, which pass or not by chance, count
neither way.
--update adds what passes now to expected.txt and, for modules that were run, removes what does not.
"""
import argparse
import collections
import os
import queue
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SUITE = "/usr/lib/python3.11/test"
EXPECTED = os.path.join(HERE, "expected.txt")
FLAKY = os.path.join(HERE, "flaky.txt")
DROPPED = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME",
           "PYTHONHASHSEED", "TYPHONPATH",
           "PYTHONPYCACHEPREFIX")

Outcome = collections.namedtuple("Outcome", "passed counted ending seconds")


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [line.strip() for line in f if line.strip() and not line.startswith("#")]


def module_of(test_id):
    """The module of an id like test.test_int.IntTestCases.test_basic (also of
    unittest.loader._FailedTest...)."""
    words = test_id.split(".")
    return words[1] if words[0] == "test" and len(words) > 1 else ""


def read_results(path):
    """({id: status}, whether the module ran to its end); the worst status of an id counts."""
    status, ended = {}, False
    if os.path.exists(path):
        with open(path, errors="replace") as f:
            for line in f:
                kind, tab, name = line.rstrip("\n").partition("\t")
                if not tab:
                    ended = ended or kind == "end"
                elif status.get(name, "ok") == "ok":
                    status[name] = kind
    return status, ended


class Suite:
    def __init__(self, options):
        self.options = options
        self.interp = shlex.split(options.interp)
        if os.sep in self.interp[0]:
            self.interp[0] = os.path.abspath(self.interp[0])
        self.logs = options.logs or tempfile.mkdtemp(prefix="conformance-")
        os.makedirs(self.logs, exist_ok=True)
        self.lock = threading.Lock()
        self.outcomes = {}
        self.flaky = {line.split()[0] for line in read_lines(FLAKY)}
        expected = read_lines(EXPECTED)
        self.expected = collections.defaultdict(set)
        for test_id in expected:
            self.expected[module_of(test_id)].add(test_id)

    def run_module(self, module):
        """Run one module; returns its Outcome."""
        log, results = (os.path.join(self.logs, module + end) for end in (".log", ".results"))
        if os.path.exists(results):
            os.unlink(results)
        env = {k: v for k, v in os.environ.items() if k not in DROPPED}
        env["LC_ALL"] = "C.UTF-8"
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="conformance-cwd-") as cwd, open(log, "wb") as out:
            process = subprocess.Popen(self.interp + [os.path.join(HERE, "_child.py"), module,
                                                      results], cwd=cwd, env=env,
                                       stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT,
                                       start_new_session=True, preexec_fn=default_interrupt)
            try:
                code = process.wait(self.options.limit)
            except subprocess.TimeoutExpired:
                code = None
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        status, ended = read_results(results)
        ending = ("end" if ended else "hung" if code is None else f"signal {-code}" if code < 0
                  else "stopped")
        passed = {name for name, kind in status.items() if kind == "ok"} - self.flaky
        return Outcome(passed, len(status), ending, time.monotonic() - start)

    def worker(self, work):
        while True:
            try:
                module = work.get_nowait()
            except queue.Empty:
                return
            outcome = self.run_module(module)
            if self.expected[module] - outcome.passed and not self.options.update:
                again = self.run_module(module)
                outcome = again._replace(passed=outcome.passed | again.passed)
            with self.lock:
                self.outcomes[module] = outcome
                print(f"[{len(self.outcomes)}] {module:<28} {len(outcome.passed):5} of "
                      f"{outcome.counted:5} pass, "
                      f"{len(self.expected[module]):5} expected  {outcome.ending:<9} "
                      f"{outcome.seconds:6.1f} s", flush=True)

    def run(self, modules):
        work = queue.SimpleQueue()
        for module in sorted(modules, key=lambda m: -len(self.expected[m])):
            work.put(module)
        threads = [threading.Thread(target=self.worker, args=(work,))
                   for _ in range(self.options.jobs)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()

    def update(self):
        for module, outcome in self.outcomes.items():
            self.expected[module] = outcome.passed
        with open(EXPECTED, "w") as f:
            f.writelines(test_id + "\n" for test_id in sorted(set().union(*self.expected.values())))

    def report(self):
        """Print the regressions and the sum; returns the exit code."""
        lost = sorted(t for m, o in self.outcomes.items() for t in self.expected[m] - o.passed)
        expected = set().union(*self.expected.values())  # ids of doctests do not tell their module
        new = sorted(t for o in self.outcomes.values() for t in o.passed - expected)
        for test_id in lost:
            print(f"regression: {test_id}")
        for test_id in new:
            print(f"unexpected pass: {test_id}")
        endings = collections.Counter(o.ending.split()[0] for o in self.outcomes.values())
        print(f"logs: {self.logs}")
        print(f"{sum(len(o.passed) for o in self.outcomes.values())} tests of {len(self.outcomes)} "
              f"modules passed, "
              f"{len(lost)} regressions, {len(new)} unexpected passes, {endings['signal'] + endings['stopped']} modules "
              f"crashed or stopped, {endings['hung']} hung")
        return 1 if lost else 0


def default_interrupt():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("interp")
    p.add_argument("--only", type=lambda s: s.split(","), help="modules, with commas between")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--limit", type=float, default=300, help="seconds per module")
    p.add_argument("--update", action="store_true", help="write expected.txt from this run")
    p.add_argument("--logs", help="folder for the output of the modules")
    o = p.parse_args()
    if not os.path.isdir(SUITE):
        sys.exit(f"run.py: {SUITE}: not there; install libpython3.11-testsuite")
    suite = Suite(o)
    suite.run(o.only or read_lines(os.path.join(HERE, "core_modules.txt")))
    if o.update:
        suite.update()
    sys.exit(suite.report())


if __name__ == "__main__":
    main()
