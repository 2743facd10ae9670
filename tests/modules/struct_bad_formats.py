"""A format that goes wrong after its first items leaves nothing behind."""
import gc
import struct

for _ in range(50):
    for i in range(40):
        try:
            struct.Struct(f"{i}iq?" + "hz"[i % 2:])
        except struct.error as e:
            assert str(e) == "bad char in struct format"
        else:
            raise AssertionError("taken")
    good = [struct.Struct(f"{i}iQ") for i in range(40)]
    gc.collect()
    more = [struct.Struct(f"{i}bd") for i in range(40)]
    for i, (one, other) in enumerate(zip(good, more)):
        assert one.unpack(one.pack(*range(i), 2**63)) == (*range(i), 2**63)
        assert other.unpack(other.pack(*range(i), 0.5)) == (*range(i), 0.5)

print("ok")
