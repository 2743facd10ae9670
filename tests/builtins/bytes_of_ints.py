"""bytes() and bytearray() of lists and tuples: small ints, others, and what is none."""


class Index:
    def __init__(self, n):
        self.n = n

    def __index__(self):
        return self.n


for make in bytes, bytearray:
    assert make([]) == make(()) == b"" and type(make([])) is make
    assert make([65]) == make((65,)) == b"A" and make([0, 255]) == b"\0\xff" and make([True]) == b"\1"
    assert make(list(range(256)) * 5) == make(tuple(range(256)) * 5) == make(range(256)) * 5
    assert make([Index(7), 8]) == b"\7\10"
    for wrong in [256], [-1], (1, 2, 300), [1 << 70], [Index(256)]:
        try:
            make(wrong)
        except ValueError as e:
            assert "range(0, 256)" in str(e), e
        else:
            raise AssertionError(wrong)
    for wrong in [1, "x"], [None], (1.0,), ["a"]:
        try:
            make(wrong)
        except TypeError:
            pass
        else:
            raise AssertionError(wrong)


class Ints(list):
    def __iter__(self):
        return iter([1, 2])


assert bytes(Ints([9])) == bytearray(Ints([9])) == b"\1\2"


class Made(list):
    def __bytes__(self):
        return b"made"


assert bytes(Made([9])) == b"made"
a = bytearray(b"old")
a[1:2] = [65, 66]
a.extend([67])
a.extend((68, 69))
assert a == b"oABdCDE"
table = bytes(range(255, -1, -1))
for n in range(20):
    data = bytes(range(n))
    assert data.translate(table) == bytes(255 - c for c in data) == bytearray(data).translate(table)
    assert data.translate(bytes(range(256))) == data
    assert data.isascii() and not (data + b"\x80").isascii() and not (b"\xff" + data * 3).isascii()
    assert (b"aB" * n + b"C").capitalize() == (b"A" if n else b"C") + (b"baB" * n).lower()[:0] + \
        (b"aB" * n + b"C").lower()[1:]
    assert data.hex(":") == ":".join("%02x" % c for c in data) == bytearray(data).hex(":")


# what an iterator says about its length is not believed
class Short:
    def __init__(self):
        self.rest = [3, 2, 1]

    def __iter__(self):
        return self

    def __next__(self):
        if not self.rest:
            raise StopIteration
        return self.rest.pop()

    def __length_hint__(self):
        return 2 ** 40


assert bytearray(Short()) == b"\1\2\3"
changed = bytearray(b"ab")
changed[1:] = Short()
assert changed == b"a\1\2\3"
