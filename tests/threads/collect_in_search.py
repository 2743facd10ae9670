"""A search that takes minutes, in text that does not change, is no obstacle to a collection of another
thread."""
import gc
import sys
import threading

if sys.implementation.name != "typhon":
    sys.exit(77)  # the reference goes on until the search ends

HALF = 3_000_000
CASES = [("a" * 2 * HALF, "a" * HALF + "b"), (b"a" * 2 * HALF, b"a" * HALF + b"b"),
         ("\u0430" * 2 * HALF, "\u0430" * HALF + "b")]

for text, needle in CASES:
    begun, done = threading.Event(), []

    def search():
        begun.set()
        text.rfind(needle)
        done.append(1)

    threading.Thread(target=search, daemon=True).start()
    begun.wait()
    for _ in range(3):
        gc.collect()
    assert not done

print("ok")
