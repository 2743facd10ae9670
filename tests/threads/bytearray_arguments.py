"""What struct, pickle and the % of bytes make of a bytearray while another thread changes it is of one of
the states that there were."""
import os
import pickle
import struct
import threading

ROUNDS = int(os.environ.get("ROUNDS", 3000))
STATES = b"", b"a", b"b" * 10, b"c" * 300
shared = bytearray()
done = threading.Event()
failed = []


def write():
    n = 0
    while not done.is_set():
        n += 1
        if n % 2:
            shared[:] = STATES[n // 2 % 4]
        else:
            shared.__init__(STATES[n // 2 % 4])


def one_char():
    try:
        return b"%c" % shared
    except TypeError:
        return b"a"


def read():
    try:
        for _ in range(ROUNDS):
            packed = struct.pack("300s", shared)
            assert packed in [s.ljust(300, b"\0") for s in STATES], packed
            packed = struct.pack("20p", shared)
            assert packed in [(bytes([min(len(s), 19)]) + s[:19]).ljust(20, b"\0") for s in STATES], packed
            for protocol in 2, 3, 4, 5:
                assert pickle.loads(pickle.dumps(shared, protocol)) in STATES
            assert one_char() == b"a"
            assert b"%s" % shared in STATES and b"%.500b" % shared in STATES
    except BaseException as e:
        failed.append(e)
    done.set()


threads = [threading.Thread(target=f) for f in (write, read)]
for t in threads:
    t.start()
for t in threads:
    t.join()
if failed:
    raise failed[0]
print("ok")
