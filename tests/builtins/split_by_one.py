"""Splitting at one character finds each of them, wherever they lie, and no other character for one."""
import random

rng = random.Random(4)


def pieces(text, separator, limit):
    found = []
    while limit and separator in text:
        at = text.index(separator)
        found.append(text[:at])
        text = text[at + 1:]
        limit -= 1
    return found + [text]


for n in list(range(40)) + [63, 64, 65, 200, 1000]:
    for often in (1, 0.5, 0.1, 0.01, 0):
        numbers = bytes(0 if rng.random() < often else rng.choice((1, 127, 128, 129, 255))
                        for _ in range(n))
        for separator in (0, 1, 127, 128, 255):
            at = bytes([separator])
            for limit in (-1, 0, 1, 3):
                expected = pieces(numbers, at, limit)
                assert numbers.split(at, limit) == expected
                assert bytearray(numbers).split(at, limit) == expected
        text = "".join(" " if c == 0 else chr(c % 90 + 33) for c in numbers)
        for limit in (-1, 0, 1, 3):
            assert text.split(" ", limit) == pieces(text, " ", limit)
            assert text.split("!", limit) == pieces(text, "!", limit)
wide = "a\N{SNOWMAN}b c" * 9
assert wide.split(" ") == pieces(wide, " ", -1)
