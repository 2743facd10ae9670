"""What the memory of shared py_objects, c_char_ps and arrays refers to stays alive when threads
have replaced it at the same time: the address and the reference that keeps it are two stores."""
import ctypes
import gc
import threading

from _util import run

COUNT, ROUNDS = 1500, 16
objects = [ctypes.py_object([0]) for _ in range(COUNT)]
texts = [ctypes.c_char_p(b"x" * 50) for _ in range(COUNT)]
array = (ctypes.py_object * COUNT)(*[[0]] * COUNT)
barrier = threading.Barrier(2)


def put(k):
    digit = b"%d" % k
    for i in range(COUNT):
        objects[i].value = [k, i]
        array[i] = [k, i]
        texts[i].value = digit * 50


def check():
    gc.collect()
    junk = [[object(), b"%d" % i * 20] for i in range(4 * COUNT)]
    for i in range(COUNT):
        for value in objects[i].value, array[i]:
            assert type(value) is list and value[1] == i, value
        assert len(texts[i].value) == 50 and len(set(texts[i].value)) == 1
    return junk


def work(k):
    for _ in range(ROUNDS):
        barrier.wait()
        put(k)
        if barrier.wait() == 0:
            try:
                check()
            except BaseException:
                barrier.abort()
                raise


run(work, each=2)
