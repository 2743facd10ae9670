#!/usr/bin/python3.11
"""Runs Python test files, each as its own process.

    tests/run.py INTERP PATH... [--timeout S] [--jobs N] [--args "-X foo"] [--same-output REFERENCE]
    [--quiet]

INTERP is a command, e.g. build/dev/typhon.  A PATH is a test file or a folder of them (files whose
name starts with "_" are helpers and not run).  A test passes when it exits with 0; with
--same-output it must also print what the REFERENCE interpreter prints.  A test that cannot run says
so by exiting with 77, which counts as skipped. Exit code: 0 when everything passed, else 1.
"""
import argparse
import os
import queue
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

SKIPPED = 77


def test_files(paths):
    for path in paths:
        if os.path.isdir(path):
            for name in sorted(os.listdir(path)):
                if name.endswith(".py") and not name.startswith("_"):
                    yield os.path.join(path, name)
        elif os.path.exists(path):
            yield path
        else:
            sys.exit(f"run.py: {path}: no such file or folder")


def execute(command, timeout):
    """Run in a fresh folder and process group; returns (exit code or "hung", output)."""
    env = dict(os.environ, LC_ALL="C.UTF-8", TYPHON_TEST="1")
    for name in ("PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONSTARTUP"):
        env.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="typhon-test-") as folder, tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                   stdout=out,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            code = "hung"
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        out.seek(0)
        return code, out.read()


def verdict(code):
    if code == 0:
        return "ok"
    if code == SKIPPED:
        return "skipped"
    if code == "hung":
        return "HUNG"
    if code < 0:
        return f"CRASHED ({signal.Signals(-code).name})"
    return f"FAILED ({code})"


class Runner:
    def __init__(self, options):
        self.options = options
        self.interp = shlex.split(options.interp)
        if os.sep in self.interp[0]:
            self.interp[0] = os.path.abspath(self.interp[0])
        self.interp += shlex.split(options.args)
        self.work = queue.SimpleQueue()
        self.lock = threading.Lock()
        self.bad = []
        self.count = 0
        self.skipped = 0

    def one(self, path):
        full = os.path.abspath(path)
        start = time.perf_counter()
        code, output = execute(self.interp + [full], self.options.timeout)
        result = verdict(code)
        if result == "ok" and self.options.same_output:
            _, wanted = execute([self.options.same_output, full], self.options.timeout)
            if wanted != output:
                result = "FAILED (other output than the reference)"
                output += b"---- the reference prints:\n" + wanted
        return result, output, time.perf_counter() - start

    def worker(self):
        while True:
            try:
                path = self.work.get_nowait()
            except queue.Empty:
                return
            result, output, seconds = self.one(path)
            with self.lock:
                self.count += 1
                self.skipped += result == "skipped"
                good = result in ("ok", "skipped")
                if not good:
                    self.bad.append(path)
                if not good or not self.options.quiet:
                    print(f"{result:<8} {path}  {seconds:.1f} s", flush=True)
                if not good:
                    text = output.decode("utf-8", "replace")
                    print("    " + text[-6000:].rstrip().replace("\n", "\n    "), flush=True)

    def run(self):
        for path in test_files(self.options.paths):
            self.work.put(path)
        threads = [threading.Thread(target=self.worker) for _ in range(self.options.jobs)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if not self.count:
            sys.exit("run.py: no tests")
        print(f"{self.count - len(self.bad) - self.skipped} of {self.count} passed, {self.skipped} "
              f"skipped, "
              f"{len(self.bad)} failed")
        for path in sorted(self.bad):
            print(f"  failed: {path}")
        return 1 if self.bad else 0


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("interp")
    p.add_argument("paths", nargs="+")
    p.add_argument("--timeout", type=float, default=60)
    p.add_argument("--jobs", type=int, default=1)
    p.add_argument("--args", default="", help="options for the interpreter")
    p.add_argument("--same-output", metavar="REFERENCE")
    p.add_argument("--quiet", action="store_true", help="print only what failed")
    sys.exit(Runner(p.parse_args()).run())


if __name__ == "__main__":
    main()
