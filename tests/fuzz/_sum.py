"""The sum in front of the code in a bytecode file (importer/marshal_format.h), for files that are
changed on purpose."""
SUMMED, HEAD = ord("Q"), 13  # type code, sum, size


def step(total, word):
    total = (total ^ word) * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    return total ^ total >> 32


def marshal_sum(body):
    lanes, total = [0] * 4, len(body)
    padded = body + bytes(32 - len(body) % 32)
    for at in range(0, len(padded), 8):
        lane = at // 8 % 4
        lanes[lane] = step(lanes[lane], int.from_bytes(padded[at:at + 8], "little"))
    for lane in lanes:
        total = step(total, lane)
    return total


def with_sum(data, start=16):
    """The same file with a sum that is right."""
    body = data[start + HEAD:]
    if len(data) < start + HEAD or data[start] & 0x7F != SUMMED:
        return data
    return (data[:start + 1] + marshal_sum(body).to_bytes(8, "little")
            + len(body).to_bytes(4, "little") + body)
