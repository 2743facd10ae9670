#!/usr/bin/python3.11
"""Mutates zip archives of modules, and has the interpreter under test import from them and run them.

    tests/fuzz/fuzz_archive.py INTERP [--count N] [--seed S] [--batch B] [--save DIR]

One archive in fifty is also run as a program.
"""
import io
import os
import subprocess
import zipfile

from _common import Fuzzer, mutate, seeds
from fuzz_pyc import COMPILE


def archive(entries, method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as z:
        for name, data in entries:
            z.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


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
        bytecode = [("__main__.pyc", compiled["flow"]), ("flow.pyc", compiled["flow"]), ("data.pyc", compiled["data"]),
                    ("package/__init__.pyc", compiled["classes"]), ("package/functions.pyc", compiled["functions"]),
                    ("package/data.bin", bytes(range(256)))]
        text = [("__main__.py", b"import flow, package.functions\n"), ("flow.py", sources["flow"]),
                ("data.py", sources["data"]), ("package/__init__.py", b""),
                ("package/functions.py", sources["functions"]), ("package/data.bin", b"\0" * 50)]
        self.originals = [archive(entries, method) for entries in (bytecode, text)
                          for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]
        self.originals.append(b"#!/usr/bin/env typhon\n" + self.originals[0])

    def make(self, rng, number):
        data = rng.choice(self.originals)
        directory = data.rfind(b"PK\x05\x06")
        first = data.find(b"PK\x01\x02")
        start = rng.choice((0, 0, first, directory))
        return ".zip", mutate(rng, data, start=start)

    def run_batch(self, paths, folder):
        super().run_batch(paths, folder)
        for path in paths[::50]:
            self.run_program(path)

    def run_program(self, path):
        try:
            result = self.call(path, timeout=20)
        except subprocess.TimeoutExpired:
            self.fail(path, "hangs as a program")
            return
        if result.returncode not in (0, 1, 2):
            self.fail(path, f"exit code {result.returncode} as a program", result.stdout)


if __name__ == "__main__":
    ArchiveFuzzer().main()
