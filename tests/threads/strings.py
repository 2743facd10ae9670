"""Interned strings, hashes, caches of small values, formatting and encoding from several
threads."""
import re
import struct
import sys

from _util import THREADS, run

N = 1500


def intern(k):
    return [sys.intern("name_%d" % i) for i in range(N)]


parts = run(intern, each=THREADS)
assert all(a is b for part in parts for a, b in zip(part, parts[0]))

text = "".join(map(chr, range(32, 1000)))


def hashes(k):
    return ([hash("text%d" % i) for i in range(N)] + [hash((i, "x")) for i in range(N)]
            + [hash(text)])


parts = run(hashes, each=THREADS)
assert all(p == parts[0] for p in parts)


def work(k):
    built = ""
    for i in range(N):
        built += chr(97 + i % 26)
        assert f"{i:>5}|{i / 3:.3f}|{i!r}" == "%5d|%.3f|%r" % (i, i / 3, i)
        assert text.encode().decode() == text and text.upper().lower() is not None
        assert re.sub(r"\d+", "#", f"a{i}b") == "a#b"
        assert struct.unpack("<iq", struct.pack("<iq", i, -i)) == (i, -i)
        assert int(str(i * 10 ** 30)) == i * 10 ** 30 and float(repr(i / 7)) == i / 7
    assert len(built) == N


run(work, each=THREADS)
