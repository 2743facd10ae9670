"""Views that were temporaries do not keep a bytearray from shrinking, however deep in coroutines they were made."""
import asyncio
import random

random.seed(3)


class Stream:
    def __init__(self):
        self.buffer = bytearray(b"x" * 100000)
        self.start, self.size = 0, 100000

    async def read(self, n):
        data = memoryview(self.buffer)[self.start : self.start + n].tobytes()
        self.start += n
        self.size -= n
        if self.start > self.size:
            del self.buffer[: self.start]
            self.start = 0
        return data


async def nested(stream, n, depth):
    return await (nested(stream, n, depth - 1) if depth else stream.read(n))


async def main():
    for _ in range(60):
        stream = Stream()
        while stream.size > 1000:
            n = random.randrange(1, 1000)
            assert len(await nested(stream, n, random.randrange(20))) == n


asyncio.run(main())
kept = bytearray(b"abc")
view = memoryview(kept)
try:
    del kept[:1]
except BufferError:
    pass
else:
    raise AssertionError
