"""What a thread used and let go of before it began to wait is gone: of the interpreter's C frame,
which lives as long as the thread, a collection does not look at what is left of the past."""
import contextlib
import gc
import io
import threading
import time
import weakref


class Thing:
    def __init__(self):
        self.data = [1, 2, 3]

    def __getitem__(self, i):
        return i

    def __len__(self):
        return 3

    def __iter__(self):
        return iter(self.data)

    def __add__(self, other):
        return Thing()

    def __enter__(self):
        return self

    def __exit__(self, *details):
        pass

    def __call__(self, *args, **words):
        return self

    def __contains__(self, x):
        return True

    def generate(self):
        yield self

    @property
    def itself(self):
        return self


def use(seen):
    """Runs instructions of all kinds on objects that nobody else knows."""
    def new(x):
        seen.append(weakref.ref(x))
        return x

    thing, stream = new(Thing()), new(io.BytesIO(b"some bytes"))
    thing[0], len(thing), list(thing), new(thing + thing), 1 in thing, thing.itself
    thing(thing), thing(*[thing]), thing(k=thing), new(Thing())(k=new(Thing()))
    with new(Thing()) as other:
        del other
    for x in thing.generate():
        new(x)
    a, *b = new(Thing())
    stream.getbuffer()[0], stream.getbuffer()[1:][0], len(stream.getbuffer())
    for x in stream.getbuffer():
        break
    new(memoryview(bytearray(9)))[2] = 1
    part = new(memoryview(bytearray(9)))[2:]
    part[0] += 1
    {new(x): new(Thing()) for x in [Thing()]}, [new(Thing()).itself for _ in range(3)]
    new(Thing()).attribute = new(Thing())[1], {new(Thing())}
    with contextlib.suppress(AttributeError):
        new(Thing()).nothing
    f"{new(Thing())} {new(Thing())!r}"

    class Own(Thing):
        def size(self):
            return super().__len__()
    new(Own), new(Own())[0], new(Own()).size()
    return stream


def work(seen, streams, ready, leave):
    streams.append(use(seen))
    ready.release()
    leave.acquire()


for _ in range(5):
    seen, streams, ready, leave = [], [], threading.Lock(), threading.Lock()
    ready.acquire(), leave.acquire()
    thread = threading.Thread(target=work, args=(seen, streams, ready, leave))
    thread.start()
    ready.acquire()
    for _ in range(500):
        time.sleep(.002)  # the thread may not wait yet
        with contextlib.suppress(BufferError):
            streams[0].close()
            gc.collect()
            if all(r() is None or r() is streams[0] for r in seen):
                break
    left = [type(r()) for r in seen if r() is not None and r() is not streams[0]]
    leave.release()
    thread.join()
    assert streams[0].closed and not left, left
