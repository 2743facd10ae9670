"""What struct, pickle and the % of bytes make of a bytearray while another thread changes it is of one of
the states that there were."""
import os
import pickle
import struct

from _util import watch

ROUNDS = int(os.environ.get("ROUNDS", 3000))
STATES = b"", b"a", b"b" * 10, b"c" * 300
shared = bytearray()


def change(n):
    if n % 2:
        shared[:] = STATES[n // 2 % 4]
    else:
        shared.__init__(STATES[n // 2 % 4])


def one_char():
    try:
        return b"%c" % shared
    except TypeError:
        return b"a"


def look():
    packed = struct.pack("300s", shared)
    assert packed in [s.ljust(300, b"\0") for s in STATES], packed
    packed = struct.pack("20p", shared)
    assert packed in [(bytes([min(len(s), 19)]) + s[:19]).ljust(20, b"\0") for s in STATES], packed
    for protocol in 2, 3, 4, 5:
        assert pickle.loads(pickle.dumps(shared, protocol)) in STATES
    assert one_char() == b"a"
    assert b"%s" % shared in STATES and b"%.500b" % shared in STATES


watch(change, look, ROUNDS)
print("ok")
