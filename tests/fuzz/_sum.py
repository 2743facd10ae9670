"""The sums that guard a bytecode file (importer/marshal_format.h) and the members of an archive,
for files that are changed on purpose: what is behind the sums is to be reached, too."""
import struct
import zlib

SUMMED, HEAD = ord("Q"), 13  # type code, sum, size
FACTOR = 0x9E3779B97F4A7C15


def marshal_sum(body):
    mask, total = (1 << 64) - 1, len(body)
    padded = body + bytes(32 - len(body) % 32)
    words = struct.unpack(f"<{len(padded) // 8}Q", padded)
    lanes = []
    for first in range(4):
        lane = 0
        for word in words[first::4]:  # a batch of inputs spends much of its time here
            lane = (lane ^ word) * FACTOR & mask
            lane ^= lane >> 32
        lanes.append(lane)
    for lane in lanes:
        total = (total ^ lane) * FACTOR & mask
        total ^= total >> 32
    return total


def with_sum(data, start=16):
    """The same file with a sum that is right."""
    body = data[start + HEAD:]
    if len(data) < start + HEAD or data[start] & 0x7F != SUMMED:
        return data
    return (data[:start + 1] + marshal_sum(body).to_bytes(8, "little")
            + len(body).to_bytes(4, "little") + body)


def content_of(data, start, method, packed):
    """What a member holds; None: it cannot be unpacked."""
    stored = data[start:start + packed]
    if method == 0:
        return stored
    try:
        return zlib.decompressobj(-15).decompress(stored, 1 << 20)
    except zlib.error:
        return None


def with_member_sums(data):
    """The archive with sums that are right wherever a member, and its two headers, can be found."""
    data, at = bytearray(data), data.find(b"PK\1\2")
    while at >= 0 and at + 46 <= len(data) and data[at:at + 4] == b"PK\1\2":
        method, packed = struct.unpack_from("<H8xL", data, at + 10)
        n_name, n_extra, n_comment, local = struct.unpack_from("<HHH8xL", data, at + 28)
        if data[local:local + 4] == b"PK\3\4" and local + 30 <= len(data):
            n_local = sum(struct.unpack_from("<HH", data, local + 26))
            content = content_of(data, local + 30 + n_local, method, packed)
            if content is not None:
                for header in local + 14, at + 16:
                    struct.pack_into("<L", data, header, zlib.crc32(content))
        at += 46 + n_name + n_extra + n_comment
    return bytes(data)
