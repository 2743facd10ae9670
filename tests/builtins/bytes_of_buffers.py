"""bytes() and bytearray() of what has a buffer: contiguous or not, released, exported."""
import array
import mmap

every = bytes(range(100))
mv = memoryview(every)
assert bytes(mv[5:25]) == bytes(range(5, 25)) and bytes(mv[:0]) == b''
assert bytes(mv[::3]) == bytearray(mv[::3]) == bytes(range(0, 100, 3))
assert bytes(mv[::-1]) == bytes(range(99, -1, -1))
assert bytes(mv.cast('B', (10, 10))) == every
assert bytes(array.array('H', [1, 2])) == b'\1\0\2\0'
assert bytes(memoryview(array.array('i', [1]))) == b'\1\0\0\0'
doubles = memoryview(array.array('d', [1.0, 2.0]))
assert bytearray(doubles[::-1]) == bytes(doubles[::-1]) == array.array('d', [2.0, 1.0]).tobytes()
released = memoryview(b'abc')
released.release()
for maker in (bytes, bytearray):
    try:
        maker(released)
    except ValueError as e:
        assert 'released' in str(e), e
    else:
        raise AssertionError
    buffer = bytearray(b'xy')
    view = memoryview(buffer)
    assert maker(view) == b'xy'
    view.release()
    buffer.append(1)  # nothing holds it
    assert maker(buffer) == b'xy\1'
assert bytes(mmap.mmap(-1, 10)) == bytes(10)


class Bytes(bytes):
    pass


assert type(Bytes(mv[1:3])) is Bytes and Bytes(mv[1:3]) == b'\1\2'
