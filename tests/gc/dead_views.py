"""Views that were temporaries, however deep in coroutines, and views that del has dropped keep no bytearray or map back."""
import asyncio
import mmap
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


def indexed_in_with():
    with mmap.mmap(-1, 1000) as mapping:
        view = memoryview(mapping)
        view[3] = 1
        del view


def called_in_with():
    with mmap.mmap(-1, 1000) as mapping:
        view = memoryview(mapping)
        view.tolist()
        assert equal(view, bytes(1000))
        del view


def equal(a, b):
    return a == b


indexed_in_with()
called_in_with()
