"""CRC-32 of all lengths that are summed in another way, from any start and in parts."""
import binascii
import random
import zlib


def slowly(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


data = random.Random(1).randbytes(700)
view = memoryview(data)
for n in [*range(0, 300), 511, 512, 513, 640, 693]:
    for start in 0, 1, 7:
        part = view[start:start + n]
        crc = random.Random(n).getrandbits(32) if start else 0
        assert zlib.crc32(part, crc) == binascii.crc32(part, crc) == slowly(part, crc), (n, start)
for cut in range(0, 700, 13):
    assert zlib.crc32(view[cut:], zlib.crc32(view[:cut])) == zlib.crc32(data) == slowly(data)
