"""The sum in front of the code in a bytecode file (importer/marshal_format.h), for files that are changed on purpose."""
SUMMED, HEAD = ord("Q"), 13  # type code, sum, size


def marshal_sum(body):
    total, mask = len(body), (1 << 64) - 1
    for at in range(0, len(body) // 8 * 8 + 1, 8):
        total = (total ^ int.from_bytes(body[at:at + 8], "little")) * 0x9E3779B97F4A7C15 & mask
        total ^= total >> 32
    return total


def with_sum(data, start=16):
    """The same file with a sum that is right."""
    body = data[start + HEAD:]
    if len(data) < start + HEAD or data[start] & 0x7F != SUMMED:
        return data
    return data[:start + 1] + marshal_sum(body).to_bytes(8, "little") + len(body).to_bytes(4, "little") + body
