"""Built-in iterators shared by several threads; each element of those over immutable data comes at
most once."""
import itertools

from _util import THREADS, expect, run

N = 8000


def drain(source):
    def worker(k):
        mine = []
        while True:
            try:
                mine.append(next(source))
            except StopIteration:
                return mine
            except (RuntimeError, ValueError, IndexError, KeyError):
                return mine

    return worker


def collect(source):
    return sum(run(drain(source), each=THREADS), [])


for make in (lambda: iter(range(N)), lambda: iter(list(range(N))), lambda: iter(tuple(range(N))),
             lambda: itertools.islice(itertools.count(), N), lambda: iter({i: 0 for i in range(N)}),
             lambda: iter(set(range(N))), lambda: iter(bytes(N)), lambda: iter("x" * N)):
    got = collect(make())
    assert len(got) <= N * THREADS and all(type(x) in (int, str) for x in got)
    assert all(x == "x" or 0 <= x < N for x in got)

count = itertools.count()
got = sum(run(lambda k: [next(count) for _ in range(N)], each=THREADS), [])
assert sorted(got) == list(range(N * THREADS)), "itertools.count() is atomic"

for make in (lambda: zip(range(N), range(N)), lambda: enumerate(range(N)),
             lambda: map(int, range(N)),
             lambda: filter(None, range(N)), lambda: reversed(range(N)),
             lambda: itertools.chain(range(N), "ab"),
             lambda: itertools.accumulate(range(N)),
             lambda: itertools.product(range(20), range(20)),
             lambda: itertools.permutations(range(6)),
             lambda: itertools.groupby(range(N), lambda x: x // 10),
             lambda: itertools.takewhile(lambda x: x < N, range(N)),
             lambda: itertools.zip_longest(range(N), range(9)),
             lambda: itertools.starmap(pow, [(2, 3)] * N),
             lambda: itertools.combinations(range(12), 3),
             lambda: itertools.pairwise(range(N)),
             lambda: itertools.compress(range(N), [1, 0] * N)):
    collect(make())

cycle = itertools.cycle(range(10))
got = sum(run(lambda k: [expect(StopIteration, next, cycle) for _ in range(N)], each=THREADS), [])
assert set(got) <= {*range(10), None}
left, right = itertools.tee(range(N))
run(drain(left), drain(right))
items = list(range(100))
run(lambda k: [list(items) for _ in range(200)], lambda k: [(items.append(1), items.pop())
                                                            for _ in range(N)], each=2)
