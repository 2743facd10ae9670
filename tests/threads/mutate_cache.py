"""functools: lru_cache, cached_property, singledispatch, partial used by several threads."""
import functools

from _util import THREADS, run

N = 3000


@functools.lru_cache(maxsize=64)
def small(x):
    return ("small", x)


@functools.cache
def whole(x):
    return ("whole", x)


def call(k):
    for i in range(N):
        x = (i * 7 + k) % 200
        assert small(x) == ("small", x) and whole(x) == ("whole", x)
        if i % 500 == 0:
            small.cache_info()
            small.cache_clear()


run(call, each=THREADS)
info = small.cache_info()
assert info.currsize <= 64 and whole.cache_info().currsize == 200


class Holder:
    @functools.cached_property
    def value(self):
        return [1]


def lazy(k):
    return [h.value[0] for h in holders]


holders = [Holder() for _ in range(200)]
assert run(lazy, each=THREADS) == [[1] * 200] * THREADS


@functools.singledispatch
def kind(x):
    return "any"


kind.register(int, lambda x: "int")


def dispatch(k):
    for i in range(300):
        made = type("Made", (int,) if i & 1 else (), {})
        assert (kind(3) == "int" and kind("x") == "any"
                and kind(made()) == ("int" if i & 1 else "any"))


run(dispatch, each=THREADS)
p = functools.partial(lambda a, b, c: (a, b, c), 1, c=3)
run(lambda k: [p(i) == (1, i, 3) or 1 / 0 for i in range(N)], each=THREADS)
