"""Sizes that cannot be: MemoryError or OverflowError, never a crash; what exists is untouched."""
import array
import collections
import io
import itertools
import mmap
import operator
import re
import resource
import struct
import sys
import zlib

with open("/proc/self/statm") as f:
    if int(f.read().split()[0]) * mmap.PAGESIZE > 1 << 30:
        sys.exit(77)  # a build that reserves address space: a limit leaves it nothing
soft, hard = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, hard))
HUGE = [sys.maxsize, sys.maxsize // 2, sys.maxsize // 16 + 1, 1 << 48, 1 << 40]
# SystemError: some of the reference
ERRORS = MemoryError, OverflowError, ValueError, OSError, SystemError
ba, li, dq, bio, sio = (bytearray(b"abc"), [1, 2, 3], collections.deque([1]), io.BytesIO(b"abc"),
                        io.StringIO("abc"))


def extend(n):
    li.extend(itertools.repeat(1, n)) if n < 1 << 20 else li.__imul__(n)


CASES = [
    lambda n: "ab" * n, lambda n: "\u1234x" * n, lambda n: b"ab" * n,
    lambda n: bytearray(b"ab") * n, lambda n: [1, 2] * n,
    lambda n: (1, 2) * n, lambda n: bytes(n), lambda n: bytearray(n), lambda n: "x".ljust(n),
    lambda n: "x".center(n),
    lambda n: b"x".ljust(n), lambda n: "x".zfill(n), lambda n: b"x".zfill(n),
    lambda n: "\t\t".expandtabs(min(n, 1 << 62)),
    lambda n: "%*d" % (n, 1), lambda n: format(1, str(n)), lambda n: format("x", "%d" % n),
    lambda n: format(1.5, ".%df" % n),
    lambda n: "%.*f" % (n, 1.5), lambda n: f"{1:{n}}", lambda n: 1 << n, lambda n: (1 << 64) << n,
    lambda n: array.array("d", [1, 2]) * n, lambda n: ba.__imul__(n), extend,
    lambda n: bio.seek(n) and bio.write(b"x"), lambda n: bio.truncate(n) and None,
    lambda n: io.BytesIO().read(n) and 1,
    lambda n: struct.pack("%dx" % n), lambda n: struct.calcsize("%dd" % n),
    lambda n: re.compile("a{%d}" % n),
    lambda n: "a,b".replace("", "x" * (1 << 20), 1) and "ab" * n,
    lambda n: ("x" * 1000).replace("x", "y" * 1000) * n,
    lambda n: "-".join(["ab" * 1000] * 10) * n, lambda n: mmap.mmap(-1, n),
    lambda n: zlib.decompressobj().decompress(b"", n) + bytes(n),
    lambda n: collections.deque(maxlen=n + 1).append(1), lambda n: range(n)[n],
    lambda n: tuple(itertools.repeat(0, n)) if n >= 1 << 48 else bytes(n),
    lambda n: (1).to_bytes(n, "big"),
    lambda n: operator.concat("ab" * 10, "x") * n, lambda n: "".join(itertools.repeat("x", 10)) * n,
    lambda n: memoryview(bytes(8)).cast("B", [n, n]), lambda n: slice(n).indices(-1),
    lambda n: itertools.product([1, 2], repeat=n),
    lambda n: set().__init__(range(0)) or bytes(n), lambda n: dict.fromkeys(range(0))
    or bytearray(n),
    lambda n: int("1" * 10) ** min(n, 1 << 40) if n > 1 << 60 else 1 << n,
    lambda n: str().join("ab") * n,
    lambda n: ba.extend(bytes(n)), lambda n: ba.__setitem__(slice(0, 0), bytes(n)),
    lambda n: sio.write("x" * n)]
for case in CASES:
    for n in HUGE:
        try:
            case(n)
        except ERRORS:
            pass
        except (TypeError, IndexError) as e:
            assert "index" in str(e) or "range" in str(e) or "object" in str(e), (
                case.__code__.co_firstlineno, n, e)
        except struct.error:
            pass
assert bytes(ba) == b"abc" and li == [1, 2, 3] and list(dq) == [1]
assert "ab" * 3 == "ababab" and [1] * 3 == [1, 1, 1]

# growth until nothing is left, by the small steps of real programs
resource.setrlimit(resource.RLIMIT_AS, (700 << 20, hard))


def grow_list():
    x = []
    while True:
        x.append([0] * 100_000)


def grow_dict():
    d = {}
    while True:
        d[len(d)] = "x" * 10_000_000 + str(len(d))


def grow_str():
    s = "x" * 1_000_000
    while True:
        s += s


def grow_bytes():
    b = bytearray(1 << 20)
    while True:
        b += b


def grow_join():
    x = ["x" * 1_000_000]
    while True:
        x.append("".join(x))


for grow in grow_list, grow_dict, grow_str, grow_bytes, grow_join:
    try:
        grow()
    except MemoryError:
        pass
    else:
        raise AssertionError(grow)
    assert [i * i for i in range(10)][-1] == 81
