"""Finds repeated code: lines are reduced to their shape, and windows of shapes are compared."""
from zlib import crc32

from ..lex.kinds import NAME, NUMBER, STRING

WINDOW = 6
MODULUS = (1 << 61) - 1
BASE = 1_000_003
DROP = pow(BASE, WINDOW, MODULUS)
STANDING = {NAME: "n", NUMBER: "0", STRING: "s"}


def shape_of(tokens):
    """A number for a logical line that does not depend on its names and literals."""
    standing = STANDING
    return crc32(" ".join([standing.get(t.kind) or t.text for t in tokens]).encode())


class Windows:
    """A rolling hash over the last WINDOW shapes."""

    def __init__(self):
        self.shapes = []
        self.value = 0
        self.seen = {}

    def add(self, shape):
        shapes = self.shapes
        shapes.append(shape)
        value = (self.value * BASE + shape) % MODULUS
        if len(shapes) > WINDOW:
            value = (value - shapes[-WINDOW - 1] * DROP) % MODULUS
        self.value = value
        if len(shapes) >= WINDOW:
            self.seen[value] = self.seen.get(value, 0) + 1

    def repeated(self):
        """How many windows stand more than once."""
        return sum(n for n in self.seen.values() if n > 1)
