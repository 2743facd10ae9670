#!/usr/bin/python3.11
"""Mutates .pyc files that the interpreter under test has compiled, and has it load and run them.

    tests/fuzz/fuzz_pyc.py INTERP [--count N] [--first N] [--seed S] [--batch B] [--save DIR]

One in twenty is read as a file, with its header; the others by marshal.  Most get a sum that fits
what has been changed.
"""
from _common import Fuzzer, mutate, seeds
from _sum import with_sum

COMPILE = """
import sys
from importlib._bootstrap_external import _code_to_timestamp_pyc as pack
for path in sys.argv[1:]:
    source = open(path, "rb").read()
    sys.stdout.write(bytes(pack(compile(source, path, "exec", dont_inherit=True))).hex() + "\\n")
"""


class PycFuzzer(Fuzzer):
    kind = "pyc"

    def prepare(self, folder):
        result = self.call("-c", COMPILE, *seeds())
        if result.returncode:
            raise SystemExit(f"cannot compile the seeds: {result.stdout.decode()}")
        self.originals = [bytes.fromhex(line.decode()) for line in result.stdout.splitlines()]

    def make(self, rng, number):
        as_file = number % 20 == 0
        data = mutate(rng, rng.choice(self.originals), start=0 if as_file else 16)
        return ".pyc" if as_file else None, with_sum(data) if rng.random() < 0.95 else data


FUZZER = PycFuzzer
if __name__ == "__main__":
    PycFuzzer("").main()
