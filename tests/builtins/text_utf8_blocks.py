"""UTF-8 both ways: what goes by several characters at a time gives what one after the other gives,
wherever widths change and whatever is wrong."""
import random

EDGES = ("\0", "a", "\x7f", "\x80", "\xe9", "\xff", "\u0100", "\u07ff", "\u0800", "\u6f22",
         "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff")


def encode_char(c):
    """One character's bytes, by the definition."""
    c = ord(c)
    if c < 0x80:
        return bytes([c])
    tail, lead = [], 0xc0
    while True:
        tail.insert(0, 0x80 | c & 0x3f)
        c >>= 6
        if c < 0x40 >> len(tail):
            return bytes([lead & 0xff | c, *tail])
        lead = lead >> 1 | 0x80


def first_error(data):
    """(start, end) of what cannot be decoded first, or None."""
    i = 0
    while i < len(data):
        b = data[i]
        low, high = {0xe0: (0xa0, 0xbf), 0xed: (0x80, 0x9f), 0xf0: (0x90, 0xbf),
                     0xf4: (0x80, 0x8f)}.get(b, (0x80, 0xbf))
        want = 1 if b < 0x80 else 0 if b < 0xc2 else 2 if b < 0xe0 else 3 if b < 0xf0 else \
            4 if b < 0xf5 else 0
        if want == 0:
            return i, i + 1
        for k in range(1, want):
            if i + k == len(data) or not low <= data[i + k] <= high:
                return i, i + k
            low, high = 0x80, 0xbf
        i += want
    return None


def check(s):
    data = s.encode()
    assert data == b"".join(map(encode_char, s)), ascii(s)
    back = data.decode()
    assert back == s and ascii(back) == ascii(s) and back.isascii() == s.isascii()
    assert hash(back) == hash(s)


def check_wrong(data):
    error = first_error(data)
    try:
        data.decode()
    except UnicodeDecodeError as e:
        assert (e.start, e.end) == error, (data, e, error)
        assert data[:e.start].decode() + "\ufffd" == data[:e.end].decode(errors="replace")
    else:
        assert error is None, data


# every edge in the midst of every other, at every place of a block
for around in EDGES:
    for c in EDGES:
        for n in 7, 8, 13:
            for at in range(n):
                check(around * at + c + around * (n - at - 1))
        for n in range(35):
            check(around * n + c)
            check(c + around * n)

# runs of one width after the other, in texts of each width
choose = random.Random(5)
for widest in range(len(EDGES)):
    for _ in range(60):
        text = EDGES[widest]
        while len(text) < 120:
            text += EDGES[choose.randrange(widest + 1)] * choose.choice((1, 1, 2, 3, 4, 9))
        check(text[choose.randrange(9):choose.randrange(9, 120)])

# a byte made wrong, at every place; what ends too early; the two thirds of a surrogate
for piece in "\xe9", "\u6f22", "a\xe9", "\xe9\u6f22", "\u6f22a", "\U0001f600", "\u0800\ud7ff\ue000":
    good = (piece * 12).encode()
    for at in range(len(good) + 1):
        check_wrong(good[:at])
        for b in map(bytes, zip(b"a\x80\xbf\xc0\xc1\xc3\xe0\xed\xf5\xff")):
            check_wrong(good[:at] + b + good[at + 1:])
            check_wrong(good[:at] + b + good[at:])
for bad in (b"\xc0\x80", b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf",
            b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xe6\xbc"):
    for around in "a", "\xe9", "\u6f22":
        for n in range(9):
            check_wrong(around.encode() * n + bad + around.encode() * 9)
            check_wrong(around.encode() * n + bad * 2)

# surrogates are refused, at every place, and their runs go to the handler
for around in "a", "\xe9", "\u6f22", "\U0001f600":
    for n in range(12):
        for many in 1, 2, 5:
            s = around * n + "\ud800" * many + around * 9
            try:
                s.encode()
            except UnicodeEncodeError as e:
                assert (e.start, e.end) == (n, n + many)
            else:
                raise AssertionError(s)
            assert s.encode(errors="replace") == s.replace("\ud800", "?").encode()
            assert s.encode(errors="surrogatepass").decode(errors="surrogatepass") == s
