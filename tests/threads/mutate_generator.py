"""One generator, resumed by several threads: each value is seen once, or "generator already
executing" is raised."""
from _util import THREADS, run

N = 4000


def numbers(n):
    for i in range(n):
        yield i


def drain(source):
    def worker(k):
        mine = []
        while True:
            try:
                mine.append(next(source))
            except StopIteration:
                return mine
            except ValueError as e:
                assert "already executing" in str(e), e

    return worker


got = sum(run(drain(numbers(N)), each=THREADS), [])
assert sorted(got) == list(range(N))


def echo():
    x = None
    while True:
        x = yield x


g = echo()
next(g)


def talk(k):
    for i in range(N):
        try:
            assert g.send((k, i)) == (k, i)
        except ValueError as e:
            assert "already executing" in str(e), e


run(talk, each=THREADS)


def close(k):
    for _ in range(300):
        mine = shared[_ % 10]
        try:
            next(mine, None)
            mine.close()
        except ValueError as e:
            assert "already executing" in str(e), e


shared = [numbers(100) for _ in range(10)]
run(close, each=THREADS)
for s in shared:
    assert list(s) == []


async def coroutine():
    return 5

one = coroutine()
ended = []


def drive(k):
    try:
        one.send(None)
    except StopIteration as e:
        ended.append(e.value)
    except (RuntimeError, ValueError):
        pass


run(drive, each=THREADS)
assert ended == [5]
