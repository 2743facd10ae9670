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

print("ok")
