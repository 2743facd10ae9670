"""Steps of tasks are not taken for their end: after many, what is let go of still ends at once."""
import asyncio
import weakref


class Thing:
    pass


async def steps(n):
    for _ in range(n):
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(*[steps(4000) for _ in range(10)])
    ends = []
    thing = Thing()
    ref = weakref.ref(thing, lambda _: ends.append(1))
    del thing
    assert ends == [1], ends
    assert ref() is None


asyncio.run(main())
