"""Binary data: bytes, bytearray, memoryview, struct, hex, checksums."""
import binascii
import struct
import zlib

N = 60_000


def adler(data):
    a, b = 1, 0
    for x in data:
        a = (a + x) % 65521
        b = (b + a) % 65521
    return b << 16 | a


def run(n):
    total = 0
    pack, unpack = struct.Struct("<IHhq").pack, struct.Struct("<IHhq").unpack
    buffer = bytearray()
    for i in range(n):
        record = pack(i, i & 0xFFFF, -5, i * i)
        buffer += record
        total += sum(unpack(record)) + record.find(b"\xff") + len(record.hex())
        chunk = bytes(range(i % 100)) + b"abc" * 3
        total += chunk.count(b"abc") + len(chunk.replace(b"abc", b"x")) + chunk[-1]
        total += len(b",".join([chunk, record]).split(b",")) + chunk.startswith(b"\0")
        with memoryview(buffer) as whole, whole[-16:] as view, view[::2] as half:
            total += view[3] + len(bytes(half))
        small = bytearray(48)
        for k in range(48):
            small[k] = (i + k) & 0xFF
        total += adler(small) & 0xFF
    total += adler(buffer) + zlib.crc32(buffer) + len(zlib.compress(bytes(buffer[:20000])))
    return total + len(binascii.hexlify(buffer)) + int.from_bytes(buffer[:9], "big")


if __name__ == "__main__":
    print(run(N))
