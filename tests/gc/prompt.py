"""What a statement lets go of explicitly (del, or None instead of it) is finalized before the next
one runs."""
import gc
import sys
import time
import weakref

start = time.process_time()
gc.collect()
if time.process_time() - start > 0.004:
    sys.exit(77)  # collections that are checked, as here, may not be made at every occasion

ended = []


class Thing:
    def __del__(self):
        ended.append(self)


class Plain:
    pass


class Holder:
    pass


def local():
    thing = Thing()
    del thing


def local_none():
    thing = Thing()
    thing = None


def cell():
    thing = Thing()

    def inner():
        return thing
    del thing


def cell_none():
    def inner():
        return thing
    thing = Thing()
    thing = None


def of_the_module():
    global thing
    thing = Thing()
    del thing


def of_the_module_none():
    global thing
    thing = Thing()
    thing = None


def attribute():
    holder = Holder()
    holder.thing = Thing()
    del holder.thing


def attribute_none():
    holder = Holder()
    holder.thing = Thing()
    holder.thing = None


def list_item():
    things = [1, Thing(), 2]
    del things[1]


def list_item_none():
    things = [1, Thing(), 2]
    things[1] = None


def dict_item():
    things = {1: 2, 3: Thing()}
    del things[3]


def dict_item_none():
    things = {1: 2, 3: Thing()}
    things[3] = None


def weak_reference():
    plain = Plain()
    ref = weakref.ref(plain)
    del plain
    if ref() is None:
        ended.append(1)


def callback():
    plain = Plain()
    ref = weakref.ref(plain, ended.append)
    plain = None


def generator():
    def numbers():
        try:
            yield 1
        finally:
            ended.append(1)
    g = numbers()
    next(g)
    del g


def from_a_dict_that_is_iterated_over():
    class Number(int):
        def __del__(self):
            d.clear()
            ended.append(1)
    d = {i: Number(i) for i in range(4)}
    try:
        for key, value in d.items():
            if key == 2:
                value = None
                d[2] = None
    except RuntimeError:
        pass
    else:
        ended.clear()


for case in (local, local_none, cell, cell_none, of_the_module, of_the_module_none, attribute,
             attribute_none, list_item,
             list_item_none, dict_item, dict_item_none, weak_reference, callback, generator):
    ended.clear()
    case()
    assert len(ended) == 1, (case, ended)

# what something else refers to lives on
ended.clear()
thing = other = Thing()
ref = weakref.ref(thing)
del thing
assert not ended and ref() is other
del other
assert len(ended) == 1

ended.clear()
from_a_dict_that_is_iterated_over()
assert ended

# and when a variable of a caller holds it, that is known without looking at the whole heap
if hasattr(gc, "get_pauses"):
    def let_go_of(holder):
        del holder.thing

    def full_collections():
        return gc.get_pauses()["full"]["count"]

    holder = Holder()
    kept = holder.thing = Thing()
    gc.collect()

    def of_a_caller():
        mine = kept
        let_go_of(holder)
        return mine
    before = full_collections()
    of_a_caller()
    assert full_collections() == before, full_collections() - before
    holder.thing, kept = kept, None
    del holder.thing
    assert full_collections() > before
