"""A value that one thread got from a generator is not lost when another thread brings the generator
to its end."""
from _util import run

ROUNDS, THREADS = 20000, 3


def once(i):
    yield i


GENERATORS = [once(i) for i in range(ROUNDS)]


def take(k):
    got = []
    for g in GENERATORS:
        for _ in range(2):
            try:
                got.append(next(g))
            except StopIteration as e:
                assert e.value is None, e.value
            except ValueError as e:
                assert "already executing" in str(e), e
    return got


values = sorted(v for got in run(take, each=THREADS) for v in got)
assert values == list(range(ROUNDS)), len(values)
