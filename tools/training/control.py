"""Generators, coroutines, exceptions, context managers, matching."""
import asyncio
import contextlib
import queue
import threading


class Problem(Exception):
    def __init__(self, code, text="problem"):
        super().__init__(code, text)
        self.code = code


def check(value):
    try:
        if value % 3 == 0:
            raise Problem(value)
        if value % 5 == 0:
            return [][value]
        return {"a": 1}[value] if value % 7 == 0 else value
    except IndexError as e:
        return len(e.args)
    except KeyError:
        raise Problem(7, "key") from None
    finally:
        value = None


def exceptions():
    total = 0
    for i in range(150):
        try:
            total += check(i)
        except Problem as e:
            total += e.code
        else:
            total += 1
        with contextlib.suppress(ZeroDivisionError, ValueError):
            total += 1 // (i % 4) + int("x" if i % 11 == 0 else "2")
    return total


def produce(n):
    for i in range(n):
        got = yield i
        if got:
            yield got * 2


def relay(n):
    yield from produce(n)
    return (yield -1)


@contextlib.contextmanager
def entered(log):
    log.append("in")
    try:
        yield log
    finally:
        log.append("out")


class Guard:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        return False


def generators():
    total = sum(x * 2 for x in produce(300) if x % 2) + sum(relay(100))
    g = produce(10)
    next(g)
    g.send(5)
    g.close()
    log = []
    for _ in range(150):
        with entered(log), Guard() as guard:
            total += guard is not None
    a, b = 0, 1
    def pairs():
        nonlocal a, b
        while a < 10**6:
            a, b = b, a + b
            yield a, b
    for x, y in pairs():
        total += x < y
    return total, len(log)


async def work(lock, n):
    total = 0
    for i in range(n):
        async with lock:
            total += i
        if i % 4 == 0:
            await asyncio.sleep(0)
    return total


async def ticks(n):
    for i in range(n):
        yield i


async def serve():
    lock, line, out = asyncio.Lock(), asyncio.Queue(5), []

    async def consume():
        while (item := await line.get()) is not None:
            out.append(item)

    consumer = asyncio.create_task(consume())
    async for i in ticks(40):
        await line.put(i)
    await line.put(None)
    await consumer
    return sum(await asyncio.gather(*(work(lock, 12) for _ in range(10)))), len(out)


def shape(value):
    match value:
        case {"kind": "point", "at": [x, y]}:
            return x + y
        case (1 | 2 | 3 as n, *rest) if rest:
            return n
        case str(text):
            return len(text)
        case None:
            return 0
        case _:
            return -1


def matching():
    values = [{"kind": "point", "at": [1, 2]}, (2, 5, 6), "text", None, 5.0]
    return sum(shape(values[i % 5]) for i in range(200))


def threads():
    tasks, results, lock = queue.Queue(), [], threading.Lock()

    def worker():
        while (n := tasks.get()) is not None:
            with lock:
                results.append(n * n)

    pool = [threading.Thread(target=worker) for _ in range(2)]
    for t in pool:
        t.start()
    for n in [*range(40), None, None]:
        tasks.put(n)
    for t in pool:
        t.join()
    return sum(results)


def run():
    for _ in range(150):
        exceptions(), generators(), matching(), asyncio.run(serve())
    try:
        threads()
    except RuntimeError:
        pass  # -DTYPHON_NO_SYNC=ON: there is one thread


run()
