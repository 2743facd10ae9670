"""Memory of large objects that died is used again: without fresh pages for each, and zeroed where
it has to be."""
import gc
import resource

N = 40_000  # objects of more than half a megabyte


def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def rounds(make, check):
    kept = kept_at = None
    for i in range(60):
        new = make(i)
        check(new, i)
        if kept is not None:
            check(kept, kept_at)
        if i % 7 == 0:
            kept, kept_at = new, i


def check_set(s, i):
    assert len(s) == N and i in s and N + i - 1 in s and i - 1 not in s and N + i not in s


def check_dict(d, i):
    assert len(d) == N and d[i] == -i and i - 1 not in d and N + i not in d


def check_bytes(b, i):
    assert len(b) == 20 * N and b[0] == b[-1] == i % 256 and b.count(i % 256) == 20 * N


def zeros(i):
    b = bytearray(20 * N + i)
    assert b.count(0) == len(b)
    b[:] = b"x" * len(b)
    return b


rounds(lambda i: set(range(i, N + i)), check_set)
rounds(lambda i: {k: -k for k in range(i, N + i)}, check_dict)
rounds(lambda i: bytes([i % 256]) * (20 * N), check_bytes)
rounds(zeros, lambda b, i: None)
rounds(lambda i: [i] * (2 * N + i), lambda a, i: None)

large = set(range(10_000))
for i in range(10):
    set(large)
before = faults()
for i in range(200):
    set(large)
assert faults() - before < 200 * 64, faults() - before
gc.collect()
gc.collect()
