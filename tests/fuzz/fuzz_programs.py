#!/usr/bin/python3.11
"""Runs random programs under two interpreters and compares what they print: values, errors with
their lines, the order of events.

    tests/fuzz/fuzz_programs.py INTERP [--reference INTERP] [--count N] [--first N] [--seed S]
    [--batch B] [--lines] [--save DIR]

A program that differs is saved with the two transcripts, and makes the exit code 1.  `--lines`
compares the events of sys.settrace, too; there some differences are known (a generator that is
dropped, events of one line seen twice).
"""
import argparse
import os
import pickle
import random
import shlex
import subprocess
import sys
import tempfile

from _programs import Writer

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_programs_run.py")


def transcripts(interp, path, lines, seconds):
    """What each program of the pickled list prints, by its index; the end of the process if it was
    not a good one."""
    command = [*shlex.split(interp), "-X", "utf8", RUNNER, path] + ["lines"] * lines
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, encoding="utf-8",
                              errors="replace")
    except subprocess.TimeoutExpired:
        return {}, f"{interp}: no end after {seconds} s"
    parts = {}
    for part in done.stdout.split("\f")[1:]:
        number, _, text = part.partition("\n")
        parts[int(number)] = text
    return parts, f"{interp}: exit code {done.returncode}\n{done.stderr}" if done.returncode else ""


def write_failure(folder, number, source, texts):
    os.makedirs(folder, exist_ok=True)
    for suffix, text in zip(("py", "reference.txt", "tested.txt"), (source, *texts)):
        with open(os.path.join(folder, f"program-{number}.{suffix}"), "w",
                  encoding="utf-8") as file:
            file.write(text)


def first_difference(expected, got):
    for one, other in zip(expected.splitlines() + [""], got.splitlines() + [""]):
        if one != other:
            return f"  reference: {one[:200]}\n  tested:    {other[:200]}"
    return "  one of the two ends earlier"


def compare_batch(args, numbers):
    """Number of programs that differ."""
    sources = [Writer(random.Random(f"{args.seed}-{number}")).program() for number in numbers]
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        pickle.dump(sources, file)
        file.flush()
        seconds = 60 + 25 * len(sources)
        expected, trouble = transcripts(args.reference, file.name, args.lines, seconds)
        got, own_trouble = transcripts(args.interp, file.name, args.lines, seconds)
    if trouble:
        sys.exit(trouble)
    if own_trouble:
        print(own_trouble)
    failures = 0
    for i, (number, source) in enumerate(zip(numbers, sources)):
        texts = expected[i], got.get(i, "nothing")
        if texts[0] != texts[1] and not any("too long" in text for text in texts):
            failures += 1
            print(f"program {number} differs\n{first_difference(*texts)}", flush=True)
            write_failure(args.save, number, source, texts)
    return failures + bool(own_trouble)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("interp")
    parser.add_argument("--reference", default="/usr/bin/python3.11")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--save", default="fuzz-failures")
    args = parser.parse_args()
    failures = 0
    for start in range(args.first, args.first + args.count, args.batch):
        failures += compare_batch(args, range(start, min(start + args.batch,
                                                         args.first + args.count)))
    print(f"programs: {args.count} run, {failures} failures")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
