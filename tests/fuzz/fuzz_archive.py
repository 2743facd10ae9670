#!/usr/bin/python3.11
"""Mutates zip archives of modules, and has the interpreter under test import from them and run
them.

    tests/fuzz/fuzz_archive.py INTERP [--count N] [--first N] [--seed S] [--batch B] [--save DIR]

One archive in five hundred is also run as a program.  Three in four get sums of members that fit
what has been changed, and half of the sealed ones a new seal.
"""
import io
import os
import resource
import struct
import subprocess
import sys
import unittest.mock
import zipfile

from _common import HANG_SECONDS, Fuzzer, mutate, seeds
from _sum import with_member_sums
from fuzz_pyc import COMPILE

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../stdlib"))
from typhon.pack import seal
from typhon.pack.archive import sealed


def archive(entries, method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as z:
        for name, data in entries:
            z.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def large_form(entries):
    """The archive in the form for files of more than 4 GB."""
    with unittest.mock.patch("zipfile.ZIP64_LIMIT", 10):
        return archive(entries, zipfile.ZIP_STORED)


def limit_time():
    """Of the processor: the machine may be busy."""
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))


class ArchiveFuzzer(Fuzzer):
    kind = "archive"

    def prepare(self, folder):
        paths = seeds()
        result = self.call("-c", COMPILE, *paths)
        if result.returncode:
            raise SystemExit(f"cannot compile the seeds: {result.stdout.decode()}")
        compiled = {os.path.basename(p)[:-3]: bytes.fromhex(line.decode())
                    for p, line in zip(paths, result.stdout.splitlines())}
        sources = {os.path.basename(p)[:-3]: open(p, "rb").read() for p in paths}
        bytecode = [("__main__.pyc", compiled["flow"]), ("flow.pyc", compiled["flow"]),
                    ("data.pyc", compiled["data"]),
                    ("package/__init__.pyc", compiled["classes"]),
                    ("package/functions.pyc", compiled["functions"]),
                    ("package/data.bin", bytes(range(256)))]
        text = [("__main__.py", b"import flow, package.functions\n"), ("flow.py", sources["flow"]),
                ("data.py", sources["data"]), ("package/__init__.py", b""),
                ("package/functions.py", sources["functions"]), ("package/data.bin", b"\0" * 50)]
        self.originals = [archive(entries, method) for entries in (bytecode, text)
                          for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]
        self.originals += [b"#!/usr/bin/env typhon\n" + self.originals[0], large_form(text)]
        self.originals += [sealed(self.originals[i], None) for i in (0, 1)]

    def make(self, rng, number):
        data = rng.choice(self.originals)
        directory = data.rfind(b"PK\x05\x06")
        first = data.find(b"PK\x01\x02")
        start = max(0, rng.choice((0, 0, first, directory)))  # -1: a guided one may have none
        if data[-seal.COMMENT_SIZE:].startswith(seal.MARK) and rng.random() < 0.5:
            return ".zip", self.resealed(rng, data)
        changed = mutate(rng, data, start=start)
        return ".zip", with_member_sums(changed) if rng.random() < 0.75 else changed

    def resealed(self, rng, data):
        """With a seal that fits the changed directory and member SEAL, as somebody else may make
        one."""
        start, directory = struct.unpack_from("<QQ", data,
                                              len(data) - seal.COMMENT_SIZE + len(seal.MARK))
        changed = mutate(rng, data[:-seal.COMMENT_SIZE], start=rng.choice((0, start, start + 34)))
        return changed + seal.comment(changed, start, directory, None)

    def run_batch(self, first, count, folder):
        super().run_batch(first, count, folder)
        for number in range(first, first + count, 500):
            self.run_program(number, folder)

    def run_program(self, number, folder):
        path = os.path.join(folder, "program.zip")
        with open(path, "wb") as f:
            f.write(self.input(number)[1])
        try:
            result = self.call(path, timeout=HANG_SECONDS, preexec_fn=limit_time)
        except subprocess.TimeoutExpired:
            self.fail(number, "hangs as a program")
            return
        if result.returncode not in (0, 1, 2, 126):
            self.fail(number, f"exit code {result.returncode} as a program", result.stdout)


FUZZER = ArchiveFuzzer
if __name__ == "__main__":
    ArchiveFuzzer("").main()
