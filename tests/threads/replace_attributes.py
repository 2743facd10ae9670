"""Attributes of one object replaced by several threads, each its own, while another one asks for
its __dict__, copies it, deletes and adds: no thread's write is lost.  Once more where the kernel
has no membarrier()."""
import os
import subprocess
import sys
import time

from _util import expect, run

OBJECTS = 1000
WRITTEN = 40  # by each thread, before something happens to the object

ARGUMENT = "without membarrier"


class Plain:
    pass


class Slots:
    __slots__ = "a", "b", "c", "__dict__"


class Few:
    __slots__ = "a", "b", "c", "x"


def deny_membarrier():
    """The system call fails from now on; false: that cannot be had here."""
    import ctypes

    class Filter(ctypes.Structure):
        _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte),
                    ("k", ctypes.c_uint)]

    class Program(ctypes.Structure):
        _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.POINTER(Filter))]

    number = {"x86_64": 324, "aarch64": 283}[os.uname().machine]
    filters = (Filter * 4)(Filter(0x20, 0, 0, 0),             # load the number of the call
                           Filter(0x15, 0, 1, number),        # another one: skip the next
                           Filter(0x06, 0, 0, 0x00050000 | 38),  # return ENOSYS
                           Filter(0x06, 0, 0, 0x7fff0000))    # allow
    program = Program(4, filters)
    prctl = ctypes.CDLL(None).prctl
    return prctl(38, 1, 0, 0, 0) == 0 and prctl(22, 2, ctypes.byref(program), 0, 0) == 0


def writer(name):
    """Writes one attribute of the object of the day and reads it back at once, until there is no
    such object."""
    scope = {}
    exec(f"""
def write(k):
    i = 0
    try:
        while True:
            o = box[0]
            if o is None:
                return i
            i += 1
            o.{name} = i
            assert o.{name} == i, (o.{name}, i)
            o.{name} = i = i + 1
            assert getattr(o, "{name}") == i, (o.{name}, i)
            setattr(o, "{name}", i + 1)
            i += 1
            assert o.{name} == i, (o.{name}, i)
    finally:
        box[0] = None
""", globals(), scope)
    return scope["write"]


def vary(o, round):
    """What the thread does that does not write; o's attributes a, b and c are the others'."""
    if round % 4 == 0:
        copied = o.__reduce_ex__(2)[2]
        copied = copied if isinstance(copied, dict) else {**(copied[0] or {}), **copied[1]}
        assert min(copied[name] for name in "abc") >= WRITTEN
    if round % 3 == 0:
        o.x = round
        del o.x
        o.x = round + 1
        assert o.x == round + 1
    if hasattr(o, "__dict__"):
        before = o.a, o.b, o.c
        own = vars(o) if round % 2 else o.__dict__
        if type(o) is Plain:
            assert all(own[name] >= v for name, v in zip("abc", before))
            assert set(own) <= set("abcx")


def main(objects):
    def others(k):
        try:
            for i in range(objects):
                o = (Plain, Plain, Slots, Few)[i % 4]()
                o.a = o.b = o.c = 0
                if i % 5 == 0:
                    o.x = 0
                box[0] = o
                first = o.a, o.b, o.c
                while any(now < then + WRITTEN for now, then in zip((o.a, o.b, o.c), first)):
                    if box[0] is None:
                        return
                    time.sleep(0)
                vary(o, i)
        finally:
            box[0] = None

    run(writer("a"), writer("b"), writer("c"), others, limit=150)


o = Plain()
o.x = o.a = 0
box = [o]
sys.setswitchinterval(1e-5)  # of those that have one

if sys.argv[1:] == [ARGUMENT]:
    if deny_membarrier():
        main(OBJECTS // 5)
    sys.exit()
main(OBJECTS)
subprocess.run([sys.executable, __file__, ARGUMENT], check=True)

# a copy of the attributes is that of one moment
o = Plain()
o.a = o.b = o.c = 0
done = []


def in_order(k):
    for i in range(1, 150_000):
        o.a = i
        o.b = i
        o.c = i
    done.append(True)


def copy(k):
    while not done:
        v = o.__reduce_ex__(2)[2]
        assert v["c"] <= v["b"] <= v["a"] <= v["c"] + 1, v


run(in_order, copy)

# what is written into an attribute that another thread deletes is not found again
for _ in range(200):
    o = Plain()
    for i in range(100):
        o.x = o.a = i

    def write(k):
        for i in range(300):
            o.x = i

    def delete(k):
        for i in range(6):
            expect(AttributeError, delattr, o, "x")

    run(write, delete)
    expect(AttributeError, delattr, o, "x")
    assert vars(o) == {"a": 99}

# __dict__ replaced
o = Plain()
o.a = 0


def write(k):
    for i in range(20_000):
        o.a = i
        assert o.a in (i, -1)


def replace(k):
    for i in range(2000):
        o.__dict__ = {"a": -1}


run(write, replace)
