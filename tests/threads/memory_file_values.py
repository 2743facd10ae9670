"""getvalue() and tell() of a BytesIO or StringIO that another thread writes to, truncates and makes anew:
each value is one that was there, and a value that was given does not change any more."""
import io
import os

from _util import watch

ROUNDS = int(os.environ.get("ROUNDS", 3000))
SIZES = 1, 2, 40, 300


def letters(kind, n, size):
    return (b"%c" if kind is io.BytesIO else "%c") % (97 + n % 26) * size


def write_over(f, kind, n, size):
    f.seek(0)
    f.write(letters(kind, n, size))


def value_between(f, kind, n, size):
    write_over(f, kind, n, size)
    assert f.getvalue() == letters(kind, n, size)


def begin_again(f, kind, n, size):
    f.__init__(letters(kind, n, size))


def lengthen(f, kind, n, size):
    f.seek(size)
    f.write(f.getvalue()[:1] * size)
    f.truncate(size)
    write_over(f, kind, n, size)


def check(kind, change, size):
    f = kind(letters(kind, 0, size))
    kept = []

    def look():
        value = f.getvalue()
        if value:  # StringIO is empty for a moment when it begins again
            assert value == value[:1] * len(value), value
            assert len(value) in (size, 2 * size), (len(value), size)
        assert f.tell() in (0, size, 2 * size)
        if len(kept) < 100:
            kept.append((value, value[:1], len(value)))

    watch(lambda n: change(f, kind, n, size), look, ROUNDS, most=20 * ROUNDS)
    for value, first, n in kept:
        assert value == first * n, (value, first, n)


for kind in io.BytesIO, io.StringIO:
    for change in write_over, value_between, begin_again, lengthen:
        for size in SIZES:
            check(kind, change, size)


# ---- one thread: each kind of change shows ----
for kind in io.BytesIO, io.StringIO:
    def text(s):
        return s if kind is io.StringIO else s.encode()

    f = kind(text("begin"))
    values = [f.getvalue()]
    f.seek(1)
    for change in (lambda: f.write(text("E")), lambda: f.seek(0, 2), lambda: f.writelines([text("x"), text("yz")]),
                   lambda: f.truncate(3), lambda: f.seek(5), lambda: f.write(text("!")), lambda: f.truncate(0),
                   lambda: f.seek(0), lambda: f.write(text("much longer than before" * 9)), lambda: f.truncate(30),
                   lambda: f.__init__(text("new")), lambda: f.__init__(),
                   lambda: f.__setstate__((text("state"), 2, None) if kind is io.BytesIO
                                          else (text("state"), "\n", 2, None))):
        change()
        values.append(f.getvalue())
        assert f.getvalue() == values[-1]
    assert values == [text(s) for s in (
        "begin", "bEgin", "bEgin", "bEginxyz", "bEg", "bEg", "bEg\0\0!", "", "",
        "much longer than before" * 9, ("much longer than before" * 9)[:30], "new", "", "state")], values
    assert f.tell() == 2
    f.close()
    try:
        f.getvalue()
    except ValueError:
        pass
    else:
        raise AssertionError
f = io.BytesIO(b"abc")
given = f.getvalue()
with f.getbuffer() as view:
    view[0] = 120
    assert f.getvalue() == b"xbc" and given == b"abc"
    view[1] = 121
    assert f.getvalue() == b"xyc"
assert f.getvalue() == b"xyc" and given == b"abc"
print("ok")
