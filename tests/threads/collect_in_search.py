"""A search that takes minutes, in text that does not change, is no obstacle to a collection of another
thread."""
import functools
import gc
import re
import sys
import threading

if sys.implementation.name != "typhon":
    sys.exit(77)  # the reference goes on until the search ends

HALF = 3_000_000
TEXTS = "a" * 2 * HALF, b"a" * 2 * HALF, "\u0430" * 2 * HALF
CASES = [lambda: TEXTS[0].rfind("a" * HALF + "b"), lambda: TEXTS[1].rfind(b"a" * HALF + b"b"),
         lambda: TEXTS[2].rfind("\u0430" * HALF + "b"),
         functools.partial(re.compile("a" * 20_000 + "b").search, TEXTS[0]),
         functools.partial(re.compile("\u0430" * 20_000 + "b").search, TEXTS[2])]

for case in CASES:
    begun, done = threading.Event(), []

    def search():
        begun.set()
        case()
        done.append(1)

    threading.Thread(target=search, daemon=True).start()
    begun.wait()
    for _ in range(3):
        gc.collect()
    assert not done

# what only takes long when there is much of it goes on beside collections, too, and is right
much = b"ab" * 4_000_000
assert much.replace(b"a", b"xy").count(b"xyb") == 4_000_000
assert much.translate(bytes(range(1, 256)) + b"\0") == b"bc" * 4_000_000
assert much.center(20_000_000, b"-").strip(b"-") == much
assert (much * 3).count(b"ba") == 3 * 4_000_000 - 1 and ("ab" * 4_000_000).encode() == much
stop, errors = threading.Event(), []


def build():
    try:
        while not stop.is_set():
            assert much.replace(b"ba", b"b a")[:6] == b"ab ab "
            assert len(much * 2) == len(much.rjust(16_000_000)) == 16_000_000
            scope = {}
            exec(compile("a = [1, 2.5, 'x' + 'y', {'k': (1, 2)}]\n" * 3_000, "f", "exec"), scope)
            assert scope["a"] == [1, 2.5, "xy", {"k": (1, 2)}]
    except BaseException as e:
        errors.append(e)


builders = [threading.Thread(target=build) for _ in range(2)]
for builder in builders:
    builder.start()
for _ in range(100):
    gc.collect()
stop.set()
for builder in builders:
    builder.join()
assert not errors, errors

print("ok")
