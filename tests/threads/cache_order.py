"""functools.lru_cache with a bound beside other threads: what one thread uses is evicted in the order of its use; what several
threads use stays while they use it."""
import functools
import threading

from _util import run

computed = []


def in_order():
    @functools.lru_cache(maxsize=3)
    def f(x):
        computed.append(x)
        return x * x

    for x in (1, 2, 3, 1, 3, 1, 4):  # 2 is the oldest
        assert f(x) == x * x
    f(1), f(3), f(4)
    assert computed == [1, 2, 3, 4], computed
    f(3), f(5), f(4), f(3)  # 1 goes
    assert computed == [1, 2, 3, 4, 5], computed
    assert f(1) == 1 and computed.pop() == 1
    assert f.cache_info() == (9, 6, 3, 3), f.cache_info()


stop = threading.Event()
other = threading.Thread(target=stop.wait, daemon=True)
other.start()
in_order()
stop.set()
other.join()


misses_of_hot = []


@functools.lru_cache(maxsize=64)
def shared(x):
    if x < 8:
        misses_of_hot.append(x)
    return -x


def use(k):
    for i in range(4000):
        assert shared(i % 8) == -(i % 8)
        assert shared(100 + i + 10000 * k) == -(100 + i + 10000 * k)


for x in range(8):
    shared(x)
run(use, each=3)
info = shared.cache_info()
assert info.currsize == 64 and info.hits + info.misses == 8 + 3 * 8000, info
assert len(misses_of_hot) < 2000, len(misses_of_hot)  # all of them would be 12000
