"""What is read of a bytearray, and of every second item of a list, while another thread changes it is a
state that there was: one thread changes it in a way that shows, and the others look again and again."""
import functools
import os

from _util import watch_readers

watch = functools.partial(watch_readers, rounds=int(os.environ.get("ROUNDS", 1000)))


# ---- bytes are replaced one after the other: those in front are of the same round or the next ----

def check_rounds(data):
    data = list(data)
    first = data[0]
    before = (first - 1) % 256
    turn = data.index(before) if data[-1] != first else len(data)
    assert data == [first] * turn + [before] * (len(data) - turn), data


def replace_one_by_one(n):
    for i in range(len(replaced)):
        replaced[i] = n % 256


for size in 8, 40, 300:
    replaced = bytearray(size)
    watch(replace_one_by_one, [(f, check_rounds) for f in (
        lambda: bytes(replaced), lambda: replaced[:], lambda: replaced[1:], lambda: replaced[::2],
        lambda: replaced[::-1][::-1], lambda: replaced.copy(), lambda: replaced + b"",
        lambda: b"" + replaced, lambda: bytearray(replaced), lambda: list(replaced),
        lambda: tuple(replaced), lambda: replaced.ljust(2), lambda: b"".join([replaced]),
        lambda: bytes.fromhex(replaced.hex()), lambda: (replaced * 2)[:len(replaced)])])


# ---- bytes come at the end and go at the front: those that are there follow each other ----

WIDTH = 24
STEPS = bytes(range(250)) * 2


def check_run(data):
    assert WIDTH <= len(data) <= WIDTH + 1 and bytes(data) in STEPS, data


def slide(n):
    run.append((WIDTH + n - 1) % 250)
    del run[0]


def check_in_run(at):
    assert at in (-1, *range(WIDTH + 1)), at


run = bytearray(range(WIDTH))
watch(slide, [(f, check_run) for f in (
    lambda: bytes(run), lambda: run[:], lambda: run.copy(), lambda: run + b"",
    lambda: list(run), lambda: run.strip(b"\xff"), lambda: run.split(b"\xff")[0],
    lambda: run.partition(b"\xff")[0], lambda: run.replace(b"\xff", b""))]
    + [(lambda: run.find(b"\x07"), check_in_run), (lambda: run.rfind(7), check_in_run)])


# ---- all bytes and their number change at once ----

def check_equal_bytes(data):
    assert not data or bytes(data) == bytes([data[0]]) * (data[0] + 1), data


def assign_all(n):
    whole[:] = bytes([n % 200]) * (n % 200 + 1)


def begin_again(n):
    whole.__init__(bytes([n % 200]) * (n % 200 + 1))


def turn_around(n):
    assign_all(n)
    whole.reverse()


for change in assign_all, begin_again, turn_around:
    whole = bytearray(1)
    watch(change, [(f, check_equal_bytes) for f in (
        lambda: bytes(whole), lambda: whole[:], lambda: whole.copy(), lambda: whole + b"",
        lambda: list(whole), lambda: whole.rstrip(b"\xff"), lambda: b"".join([whole]))])


# ---- two states: what looks at the bytes without a copy sees one of them ----

ONE, OTHER = b"aa, bb", b"XX1XX2XX3"



def swap(n):
    two[:] = ONE if n % 2 else OTHER


def one_answer(f):
    possible = f(bytearray(ONE)), f(bytearray(OTHER))

    def check(answer):
        assert answer in possible, (answer, possible)

    return lambda: f(two), check


two = bytearray(ONE)
watch(swap, [one_answer(f) for f in (
    lambda x: x.find(b"bb"), lambda x: x.count(b"X"), lambda x: x.startswith((b"XX1", b"aa,")),
    lambda x: x.endswith(b"X3"), lambda x: b"X2" in x, lambda x: 49 in x, lambda x: x == ONE,
    lambda x: x < OTHER, lambda x: x.isalnum(), lambda x: x.islower(), lambda x: x.upper(),
    lambda x: x.split(b"X"), lambda x: x.split(), lambda x: x.rsplit(b", ", 1), lambda x: x * 2,
    lambda x: x[-1], lambda x: x[-2:], lambda x: x.decode(), lambda x: len(x),
    lambda x: bytes(x[1::3]))])


# ---- the last bytes go and come again: there is always one from the end ----

def grow_and_shrink(n):
    longer.extend(b"zz")
    del longer[-2:]


def check_end(c):
    assert c in b"az", c


longer = bytearray(b"a" * 8)
watch(grow_and_shrink, [(lambda: longer[-1], check_end), (lambda: longer[-8], check_end)])


# ---- lists ----

def check_turned(items):
    assert items == [(items[0] + k) % WIDTH for k in range(0, WIDTH, 2)], items


def turn(n):
    turning[:] = [(n + k) % WIDTH for k in range(WIDTH)]


turning = list(range(WIDTH))
watch(turn, [(lambda: turning[::2], check_turned), (lambda: turning[-2::-2][::-1], check_turned),
             (lambda: (turning * 2)[:WIDTH:2], check_turned)])


def check_round_of_list(items):
    first = items[0]
    assert all(a == b or a == b + 1 for a, b in zip(items, items[1:])), items
    assert items[-1] in (first, first - 1), items


def replace_items(n):
    for i in range(len(replaced_items)):
        replaced_items[i] = n


replaced_items = [0] * 40
watch(replace_items, [(lambda: replaced_items[::2], check_round_of_list),
                      (lambda: replaced_items[::3], check_round_of_list),
                      (lambda: (replaced_items * 3)[:40], check_round_of_list)])
print("ok")
