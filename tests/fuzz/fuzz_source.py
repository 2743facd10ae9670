#!/usr/bin/python3.11
"""Mutates sources by bytes and by tokens, and has the interpreter under test compile (and partly
run) them.

    tests/fuzz/fuzz_source.py INTERP [--count N] [--first N] [--seed S] [--batch B] [--save DIR]

The seeds of this folder are also run; pieces of the standard library are only compiled.  With the
environment variable REFERENCE set to an interpreter, an input that one of the two accepts and the
other rejects is a failure, too.
"""
import os
import re
import shlex

from _common import Fuzzer, mutate, seeds

TOKENS = re.compile(rb"\w+|\s+|[^\w\s]+")
PIECES = [word.encode() for word in """
    ( ) [ ] { } : , ; . @ = := == -> ** * / // % + - ~ ! != < > << >>= ... \\ ' " ''' \"\"\" # f' f" rb' b" 0x 1e 1_ 0777 1j
    if else elif while for in is not and or def class lambda return yield await async with as try except finally raise
    import from global nonlocal del pass break continue match case _ None True False assert print except* *args **kw
""".split()] + [b"\n", b"\t", b"    ", b"\0", b"\xff", b"\xc3\xa9", b"\xef\xbb\xbf", b"\n# coding: latin-1\n", b"\r", b"\f",
               b"(" * 250, b"[" * 120, b"-" * 3000, b"x." * 500, b"if 1:\n" * 3, b"a" * 5000,
               b"9" * 5000]
LIBRARY = ("ast", "dataclasses", "enum", "inspect", "typing", "asyncio/tasks", "contextlib",
           "textwrap", "_pydecimal")


class SourceFuzzer(Fuzzer):
    kind = "source"

    def prepare(self, folder):
        own = [open(p, "rb").read() for p in seeds()]
        root = os.path.dirname(os.__file__)
        library = []
        for name in LIBRARY:
            lines = open(os.path.join(root, name + ".py"), "rb").read().splitlines(keepends=True)
            starts = [i for i, line in enumerate(lines)
                      if line.startswith((b"def ", b"class ", b"@"))]
            library += [b"".join(lines[a:a + 60]) for a in starts]
        self.originals = own, library
        self.reference = shlex.split(os.environ.get("REFERENCE", ""))

    def mutate_tokens(self, rng, data):
        tokens = TOKENS.findall(data)
        for _ in range(rng.choice((1, 1, 2, 3, 8))):
            at = rng.randrange(len(tokens))
            match rng.randrange(5):
                case 0:
                    tokens[at] = rng.choice(PIECES)
                case 1:
                    tokens.insert(at, rng.choice(PIECES))
                case 2 if len(tokens) > 1:
                    del tokens[at]
                case 3:
                    other = rng.randrange(len(tokens))
                    tokens[at], tokens[other] = tokens[other], tokens[at]
                case _:
                    tokens[at:at] = tokens[at:at + 5] * rng.choice((1, 2, 30))
        return b"".join(tokens)

    def make(self, rng, number):
        is_own = number % 3 == 0
        own, library = self.originals
        data = rng.choice(own if is_own else library)
        data = mutate(rng, data) if number % 4 == 0 else self.mutate_tokens(rng, data)
        return ".run.py" if is_own else None, data

    def run_batch(self, first, count, folder):
        if not self.reference:
            super().run_batch(first, count, folder)
            return
        verdicts = []
        keep, noted = self.interp, self.note
        for interp in (keep, self.reference):
            got = {}
            self.interp, self.note = interp, got.__setitem__
            super().run_batch(first, count, folder)
            verdicts.append(got)
        self.interp, self.note = keep, noted
        for number, result in verdicts[0].items():
            self.note(number, result)
            other = verdicts[1].get(number, result)
            if result.startswith("rejected") != other.startswith("rejected"):
                self.fail(number, f"{result}, but the reference: {other}")


FUZZER = SourceFuzzer
if __name__ == "__main__":
    SourceFuzzer("").main()
