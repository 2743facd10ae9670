"""What packing a number out of range raises, and says: it depends on the order of bytes, the width,
and on whether an int or an object with __index__ was given."""
import struct


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


def outcome(fmt, value):
    try:
        struct.pack(fmt, value)
    except (struct.error, OverflowError) as e:
        return type(e).__name__, str(e)


WORDS = ("error", "int too large to convert")
OTHER = ("error", "argument out of range")
BIG = ("OverflowError", "int too big to convert")
NEGATIVE = ("OverflowError", "can't convert negative int to unsigned")
for order in "", "@", "<", ">", "!", "=":
    big = order in (">", "!")
    for value in 2**64, 2**100, -2**63 - 1, -2**100:
        for code in "qQ":
            unsigned_negative = code == "Q" and value < 0
            assert outcome(order + code, value) == (WORDS if big else OTHER)
            expected = OTHER if not big else NEGATIVE if unsigned_negative else BIG
            assert outcome(order + code, Index(value)) == expected, (order, code, value)
        for code in "bBhHiIlL":
            for given in value, Index(value):
                assert outcome(order + code, given) == OTHER, (order, code, value)
    assert outcome(order + "Q", -1) == (WORDS if big else OTHER)
    assert outcome(order + "Q", Index(-1)) == (NEGATIVE if big else OTHER)
    assert outcome(order + "q", Index(2**63)) == (BIG if big else OTHER)
for order in "", "@":
    for value in 2**64, 2**100, -2**63 - 1, -2**100:
        assert outcome(order + "P", value) == WORDS
        name = "long" if value < 0 else "unsigned long"
        assert outcome(order + "P", Index(value)) == (
            "OverflowError", f"Python int too large to convert to C {name}"), (order, value)
