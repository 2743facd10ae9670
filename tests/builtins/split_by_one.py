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


# by several, and lines: against what find() and a plain loop say
def split_plain(s, sep, limit=-1):
    pieces, at = [], 0
    while limit != 0:
        hit = next((i for i in range(at, len(s) - len(sep) + 1) if s[i:i + len(sep)] == sep), -1)
        if hit < 0:
            break
        pieces.append(s[at:hit])
        at, limit = hit + len(sep), limit - 1
    return pieces + [s[at:]]


def rsplit_plain(s, sep, limit=-1):
    return [piece[::-1] for piece in split_plain(s[::-1], sep[::-1], limit)][::-1]


def lines_plain(s, breaks, keep):
    lines, at = [], 0
    while at < len(s):
        end = at
        while end < len(s) and s[end:end + 1] not in breaks:
            end += 1
        after = end + (2 if s[end:end + 2] in ("\r\n", b"\r\n") else 1)
        lines.append(s[at:after] if keep else s[at:end])
        at = after
    return lines


import random  # noqa: E402
BREAKS = [chr(c) for c in (10, 11, 12, 13, 28, 29, 30, 0x85, 0x2028, 0x2029)]
r = random.Random(5)
for alphabet in "ab", "ab,\n", "a\r\n", "abcdefgh\n, ", "aé,\x85", "aж,\u2028", "a\U00010000,\n", "ab \t\x1c":
    for length in 0, 1, 2, 3, 7, 8, 9, 17, 40, 200, 1000:
        for _ in range(6):
            s = "".join(r.choice(alphabet) for _ in range(length))
            for sep in "ab", ", ", "aa", "aba", "a,", "é,", "abababab":
                for limit in -1, 0, 1, 3:
                    assert s.split(sep, limit) == split_plain(s, sep, limit), (s, sep, limit)
                    assert s.rsplit(sep, limit) == rsplit_plain(s, sep, limit), (s, sep, limit)
                b = s.encode()
                assert b.split(sep.encode(), 2) == split_plain(b, sep.encode(), 2)
                assert bytearray(b).split(sep.encode()) == split_plain(b, sep.encode())
            for keep in False, True:
                assert s.splitlines(keep) == lines_plain(s, BREAKS, keep), s
                assert s.encode().splitlines(keep) == lines_plain(s.encode(), (b"\n", b"\r"), keep), s
            words = s.split()
            assert s.rsplit() == words
            for limit in 0, 1, 2:
                last = s.rsplit(None, limit)
                assert last[1:] == words[len(words) - limit:][:limit] or len(words) <= limit, s
                assert not last or len(words) <= limit or last[0] == s[:len(last[0]) + len(s) - len(s.lstrip())].lstrip() \
                    or s.startswith(last[0])
s = "a" * 100_000  # many places where it begins and is not
assert s.split("ab") == [s] and (s + "ab").split("ab") == [s, ""]
