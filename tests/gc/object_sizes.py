"""Small objects are no larger than the reference's: a million of them should fit where they fit
there."""
import gc
import sys

N = 20_000


def bytes_each(make):
    """Memory of an object, the place in the list that holds it not counted."""
    if sys.implementation.name != "typhon":
        return sys.getsizeof(make(0))
    make(0)
    gc.collect()
    before = gc.get_pauses()["live"]
    made = [None] * N
    for i in range(N):
        made[i] = make(i)
    gc.collect()
    return (gc.get_pauses()["live"] - before) / N - 8


class Slots:
    __slots__ = "a", "b", "c"

    def __init__(self, v):
        self.a = self.b = self.c = v


for what, make, most in (
    ("str of 14 letters", lambda i: "letter-" + f"{i:07}", 64),
    ("str of 2 wide letters", lambda i: chr(1000 + i) * 2, 80),
    ("bytes of 15", lambda i: b"%015d" % i, 48),
    ("float", lambda i: i / 7, 24),
    ("tuple of 3", lambda i: (i, i, i), 64),
    ("list of 1", lambda i: [i], 88),
    ("instance with three slots", Slots, 64),
):
    each = bytes_each(make)
    assert each <= most + 3, (what, each)
print("ok")
