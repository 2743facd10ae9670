"""Generators, coroutines and asynchronous generators that are dropped on their way: finally blocks
run, with statements close, nothing is left; also those that refuse to end."""
import asyncio
import contextlib
import gc
import sys
import weakref

log = []


def deeper(f, *args):
    def level(n):
        return f(*args) if n == 0 else level(n - 1)
    return level(10)


def collect():
    for _ in range(3):
        gc.collect()


def gen(name):
    try:
        yield 1
        yield 2
    finally:
        log.append(name)


def dropped(n):
    for i in range(n):
        next(gen(i))


deeper(dropped, 200)
collect()
assert sorted(log) == list(range(200)), len(log)
log.clear()


@contextlib.contextmanager
def manager(name):
    try:
        yield name
    finally:
        log.append(name)


def nested_cycle():
    def inner(box):
        with manager("a"), manager("b"):
            yield box
    box = []
    box.append(inner(box))
    next(box[0])


deeper(nested_cycle)
collect()
assert log == ["b", "a"], log
log.clear()


# not started, finished: nothing to do
def idle():
    gen("never")
    list(gen("done"))


deeper(idle)
collect()
assert log == ["done"], log
log.clear()


# one that yields again when it is closed
ignored = []
sys.unraisablehook = lambda u: ignored.append(type(u.exc_value))


def stubborn():
    try:
        yield 1
    finally:
        yield 2


deeper(lambda: next(stubborn()))
collect()
assert ignored == [RuntimeError], ignored


def raising():
    try:
        yield
    finally:
        raise OSError("on the way out")


ignored.clear()
deeper(lambda: next(raising()))
collect()
assert ignored == [OSError], ignored
sys.unraisablehook = sys.__unraisablehook__


# a delegated chain: the innermost first
def outer():
    try:
        yield from middle()
    finally:
        log.append("outer")


def middle():
    try:
        yield from gen("inner")
    finally:
        log.append("middle")


deeper(lambda: next(outer()))
collect()
assert log == ["inner", "middle", "outer"], log
log.clear()


# coroutines
async def waits(name):
    try:
        await asyncio.sleep(0)
    finally:
        log.append(name)


def start():
    c = waits("coroutine")
    c.send(None)


deeper(start)
collect()
assert log == ["coroutine"], log
log.clear()


# asynchronous generators: the loop closes them
async def ticks():
    try:
        while True:
            yield 1
    finally:
        log.append("ticks")


async def main():
    async for _ in ticks():
        break
    collect()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


asyncio.run(main())
assert log == ["ticks"], log
log.clear()


# what a suspended frame holds goes with it
class Held:
    pass


def hold():
    def g():
        h = Held()
        yield weakref.ref(h)
        del h
    it = g()
    return next(it)


ref = deeper(hold)
collect()
assert ref() is None


# what it has used and let go of is gone, and so is what it has yielded
def used():
    len(seen(Held())), str(seen(Held())), seen(Held())
    yield seen(Held())
    for x in [1, 2]:
        try:
            (seen(Held()).__class__, [seen(Held())], seen(Held()) == seen(Held()))
            yield x, seen(Held())
        finally:
            seen(Held()).name = 1
    with contextlib.suppress(ValueError):
        seen(Held()) or 1
        yield seen(Held())
    yield from others(seen(Held()))


def others(held):
    repr(held), repr(seen(Held()))
    del held
    yield


class Held:
    def __len__(self):
        return 1


refs = []


def seen(x):
    refs.append(weakref.ref(x))
    return x


def advance(it):
    return next(it, it) is it


it = used()
while not deeper(advance, it):
    collect()
    assert not [r for r in refs if r() is not None], it.gi_frame.f_lineno
assert len(refs) == 20, len(refs)


# tasks that are forgotten
async def forgotten():
    async def endless():
        await asyncio.get_running_loop().create_future()
    deeper(lambda: asyncio.ensure_future(endless()) and None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


loop = asyncio.new_event_loop()
loop.set_exception_handler(lambda loop, context: log.append(context["message"]))
deeper(lambda: loop.run_until_complete(forgotten()))
collect()
loop.close()
assert log == ["Task was destroyed but it is pending!"], log
