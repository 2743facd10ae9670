"""A coroutine that only its await knows gives its place to the next one; what somebody has seen
does not."""
import gc
import sys


class Pause:
    def __await__(self):
        return (yield self)


async def child(k):
    await Pause()
    return k


async def parent(n):
    results = []
    for i in range(n):
        results.append(await child(i))
    return results


def finish(c):
    try:
        while True:
            c.send(None)
    except StopIteration as e:
        return e.value


assert finish(parent(100)) == list(range(100))


# many awaits, and nothing is left over to collect
async def long(n):
    total = 0
    for i in range(n):
        total += await child(i)
    return total


def collections():
    return sum(s["collections"] for s in gc.get_stats())


gc.collect()
before = collections()
some = [[] for _ in range(4000)]
stressed = collections() > before  # TYPHON_GC_EVERY, or a build that collects all the time
gc.collect()
before = collections()
n = 50_000
assert finish(long(n)) == n * (n - 1) // 2
if sys.implementation.name == "typhon" and not stressed:
    assert collections() - before < 30, collections() - before  # the Pauses alone

# what cr_await has shown stays itself
p = parent(3)
p.send(None)
first = p.cr_await
assert first.cr_code is child.__code__ and first.cr_await.gi_frame is not None
inner = first.cr_await
p.send(None)
second = p.cr_await
assert second is not first and first.cr_frame is None and inner.gi_frame is None
assert first.cr_await is None and second.cr_await is not inner
assert second.cr_frame.f_locals == {"k": 1}
assert finish(p) == [0, 1, 2] and second.cr_frame is None
try:
    first.send(None)
    assert False
except RuntimeError as e:
    assert str(e) == "cannot reuse already awaited coroutine"

# nor does what its own code has shown or kept
kept = []


async def shown(k):
    kept.append(sys._getframe())
    await Pause()
    return k


async def shows():
    return [await shown(i) for i in range(3)]


assert finish(shows()) == [0, 1, 2]
assert len(set(kept)) == 3 and [f.f_locals for f in kept] == [{"k": 0}, {"k": 1}, {"k": 2}]


def keep(c):
    kept.append(c)
    return c


async def keeps():
    kept.clear()
    a = [await keep(child(i)) for i in range(3)]
    b = [await (c := child(i)) for i in range(3)]
    kept.append(c)
    d = await child(9)
    return a + b + [d]


assert finish(keeps()) == [0, 1, 2, 0, 1, 2, 9]
assert len(set(map(id, kept))) == 4 and all(c.cr_frame is None for c in kept)


# an __await__ that returns an iterator somebody knows
class Known:
    def __init__(self):
        self.iterator = self.steps()

    def steps(self):
        yield 1
        return 2

    def __await__(self):
        return self.iterator


async def knows(k):
    return await k


known = [Known(), Known()]
assert [finish(knows(k)) for k in known] == [2, 2]
assert known[0].iterator is not known[1].iterator and all(list(k.iterator) == [] for k in known)

# a coroutine in the place of another one is cleaned up as the first one would have been
ended = []


async def cleans(k):
    try:
        await Pause()
    finally:
        ended.append(k)


async def awaits(n):
    for i in range(n):
        await cleans(i)


def drop():
    c = awaits(5)
    for _ in range(3):
        c.send(None)
    assert ended == [0, 1]


def below(n):
    return below(n - 1) if n else drop()


below(20)
for _ in range(3):
    gc.collect()
assert ended == [0, 1, 2], ended


# and one that raises is not taken over by anybody while its traceback is there
async def fails(k):
    local = k
    await Pause()
    raise ValueError(k)


async def catches(n):
    errors = []
    for i in range(n):
        try:
            await fails(i)
        except ValueError as e:
            errors.append(e)
    return errors


errors = finish(catches(3))
frames = [e.__traceback__.tb_next.tb_frame for e in errors]
assert len(set(frames)) == 3 and [f.f_locals["local"] for f in frames] == [0, 1, 2]
print("ok")
