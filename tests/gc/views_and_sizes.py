"""What has views that nobody uses any more changes its size: by every operation, after every way to use a view, and though the
interpreter's registers still hold one.  While a view is in use, nothing does, and a refused operation has done nothing."""
import array
import gc
import io


def slice_tobytes(o):
    return memoryview(o)[:2].tobytes()


def slice_bytes(o):
    return bytes(memoryview(o)[:2])


def whole(o):
    return memoryview(o).tobytes()


def deleted(o):
    view = memoryview(o)
    data = bytes(view[1:])
    del view
    return data


def joined(o):
    return b"".join([memoryview(o)[:1], memoryview(o)[1:]])


def nested(o):
    return (lambda: slice_bytes(o))()


def unpacked(o):
    first, *rest = memoryview(o)
    return first


WAYS = slice_tobytes, slice_bytes, whole, deleted, joined, nested, unpacked


def delete(o):
    del o[:1]


def delete_one(o):
    del o[0]


def store(o):
    o[:2] = type(o)(b"1") if type(o) is bytearray else o[:1]


def add(o):
    o += o[:1]


CHANGES = (delete, delete_one, store, add, lambda o: o.append(7), lambda o: o.extend(o[:2]), lambda o: o.pop(),
           lambda o: o.insert(0, 7), lambda o: o.remove(o[0]))


def use_inline(make, change):
    """As above, with all of it in one frame for the most common ways."""
    o = make()
    data = memoryview(o)[:2].tobytes()
    change(o)
    data = bytes(memoryview(o)[:1])
    o.append(7)
    data = bytes(memoryview(o)[:1])
    o += o
    data = memoryview(o)[:1].tobytes()
    o[:1] = o[:2]
    data = memoryview(o)[:1].tobytes()
    del o[:1]
    return data


for make in (lambda: bytearray(b"abcdef"), lambda: array.array("b", b"abcdef")):
    for change in CHANGES:
        for way in WAYS:
            for i in range(5):
                o = make()
                size = len(o)
                way(o)
                change(o)
                assert len(o) != size, (way, change)
        for i in range(5):
            use_inline(make, change)
        held = make()
        view, before = memoryview(held), bytes(held)
        try:
            change(held)
        except BufferError:
            assert bytes(held) == before, change
        else:
            raise AssertionError(change)

for way in WAYS[:-2]:
    for i in range(5):
        stream = io.BytesIO(b"abcdef")
        way(stream.getbuffer())
        stream.write(b"0123456789")
        way(stream.getbuffer())
        stream.truncate(3)
        way(stream.getbuffer())
        stream.close()
        buffer = bytearray(b"abc")
        way(buffer)
        buffer.clear()


class Index:
    """Counts how often it is asked."""
    asked = 0

    def __index__(self):
        Index.asked += 1
        return 1


buffer = bytearray(b"abc")
view = memoryview(buffer)
items = iter([1, 2, 3])
for change in (lambda: buffer.append(Index()), lambda: buffer.extend(items)):
    try:
        change()
    except BufferError:
        pass
    else:
        raise AssertionError
assert Index.asked == 1 and list(items) == [], Index.asked
del view
assert buffer.append(Index()) is None and buffer == b"abc\1" and Index.asked == 2

# a stream of messages: what comes is appended, what is complete is taken from the front
if hasattr(gc, "get_pauses"):
    buffer, heap = bytearray(), [[i] for i in range(20000)]
    gc.collect()
    before = gc.get_stats()[2]["collections"]
    for i in range(300):
        buffer += b"message %5d;" % i
        message = memoryview(buffer)[:13].tobytes()
        del buffer[:14]
    assert message == b"message   299"
    # most are found by a look at young objects
    assert gc.get_stats()[2]["collections"] - before < 30
