"""Coroutines driven by a small event loop of its own; asyncio's queues and gather."""
import asyncio

N = 50_000


class Yield:
    def __await__(self):
        return (yield self)


async def child(k):
    await Yield()
    return k * 2


async def parent(k):
    total = 0
    for i in range(4):
        total += await child(i + k)
    return total


def drive(coroutines):
    total, ready = 0, list(coroutines)
    while ready:
        waiting = []
        for c in ready:
            try:
                c.send(None)
                waiting.append(c)
            except StopIteration as e:
                total += e.value
        ready = waiting
    return total


async def numbers(n):
    for i in range(n):
        if i % 16 == 0:
            await asyncio.sleep(0)
        yield i


async def work(n):
    queue = asyncio.Queue(10)

    async def produce():
        async for i in numbers(n):
            await queue.put(i)
        await queue.put(None)

    async def consume():
        total = 0
        while (i := await queue.get()) is not None:
            total += i
        return total

    return sum(filter(None, await asyncio.gather(produce(), consume())))


def run(n):
    return drive(parent(k) for k in range(n)) + asyncio.run(work(n * 2))


if __name__ == "__main__":
    print(run(N))
