"""Text is decoded from memory that another thread writes to: what it had at one moment, or an
error; nothing is written behind the end of a string that was counted before."""
import sys
import threading

from _util import run, until

CONTENTS = [("\xe9" * 2000).encode(), b"a" * 4000, ("\u20ac" * 1333).encode() + b"a",
            ("\U0001f600" * 1000).encode()]
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
memory = bytearray(CONTENTS[0])
view = memoryview(memory)
stop = threading.Event()


def write():
    for text in CONTENTS:
        view[:] = text


def decode(k):
    try:
        for i in range(ROUNDS):
            for source in (view, memory):
                for encoding in ("utf-8", "utf-16", "utf-8-sig", "utf-7", "raw_unicode_escape"):
                    try:
                        text = str(source, encoding)
                        assert len(text.encode("utf-8", "surrogatepass")) >= len(text) > 0
                    except UnicodeDecodeError:
                        pass
    finally:
        stop.set()


run(until(stop, write), decode, decode)
