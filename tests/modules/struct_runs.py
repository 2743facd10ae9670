"""Runs of one struct format code: the limits of each width and sign, what lies beyond them, and
what is no small int among small ones."""
import struct


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


SIZES = {"b": 1, "h": 2, "i": 4, "l": 4, "q": 8}
for code, size in SIZES.items():
    for signed in True, False:
        letter = code if signed else code.upper()
        bits = size * 8
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        good = sorted({low, low + 1, 0, 1, 127, high - 1, high, high // 2, high // 2 + 1})
        for order, name in (("<", "little"), (">", "big"), ("!", "big")):
            for n in range(len(good) + 1):
                values = good[:n]
                data = b"".join(v.to_bytes(size, name, signed=signed) for v in values)
                assert struct.pack(f"{order}{n}{letter}", *values) == data
                assert struct.pack(order + letter * n, *values) == data
                assert struct.unpack(f"{order}{n}{letter}", data) == tuple(values)
                mixed = [Index(v) if v % 3 == 0 else bool(v) if v in (0, 1) else v for v in values]
                assert struct.pack(f"{order}{n}{letter}", *mixed) == data
                room = bytearray(len(data) + 3)
                struct.pack_into(f"{order}{n}{letter}", room, 1, *values)
                assert room == b"\0" + data + b"\0\0"
            for bad in low - 1, high + 1, -2**63 - 1, 2**64, -2**100, Index(high + 1):
                for values in ([bad], [0, bad], [bad, 0], [1] * 9 + [bad]):
                    try:
                        struct.pack(f"{order}{len(values)}{letter}", *values)
                    except (struct.error, OverflowError) as e:  # the latter by __index__, "big"
                        beyond = ("int too large to convert", "argument out of range",
                                  "int too big to convert",
                                  "can't convert negative int to unsigned")
                        text = f" format requires {low} <= number <= {high}"
                        assert str(e) in beyond or str(e).endswith(text), (letter, bad, e)
                    else:
                        raise AssertionError(letter, bad)
        try:
            struct.pack(f"3{letter}", 1, 2.0, 3)
        except struct.error as e:
            assert str(e) == "required argument is not an integer"
        else:
            raise AssertionError
values = -1, 2, 2**63 - 1, 2**64 - 1
assert struct.pack("@3nN", *values) == struct.pack("=3qQ", *values)
assert struct.pack("<2s3?2dB", b"ab", 1, [], "x", 1, 2.5, 255) == (
    b"ab\1\0\1" + struct.pack("<d", 1.0) + struct.pack("<d", 2.5) + b"\xff")
