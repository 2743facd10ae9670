"""Views that were temporaries, however deep in coroutines, and views that del has dropped keep no
bytearray, array, stream or map back."""
import array
import asyncio
import io
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


def called(depth, f):
    return called(depth - 1, f) if depth else f()


def refuses(change):
    try:
        change()
    except BufferError:
        return True
    return False


# most of them: the C stack may seem to hold one
stream, items, kept_back = io.BytesIO(b"abcdef"), array.array("b", b"abcdef"), 0
for change in (lambda: stream.write(b"x"), lambda: stream.truncate(4),
               lambda: stream.__init__(b"more"), lambda: items.append(1),
               items.pop, lambda: items.extend(items), lambda: items.__delitem__(0),
               lambda: items.remove(items[0])):
    for depth in range(4):
        called(depth, lambda: (stream.getbuffer()[0], memoryview(items)[0]))
        kept_back += refuses(change)
assert kept_back <= 12, kept_back

stream, items = io.BytesIO(b"abcdef"), array.array("b", b"abcdef")
held = stream.getbuffer(), memoryview(items)
for change in (lambda: stream.write(b"x"), lambda: stream.truncate(4), lambda: stream.__init__(b""),
               stream.close, items.pop):
    assert refuses(change)
