"""A reference without callback, taken after one that has a callback, is shared and dies with its object."""
import gc
import weakref


class Thing:
    pass


thing, dead = Thing(), []
with_callback = weakref.ref(thing, dead.append)
plain = weakref.ref(thing)
assert weakref.ref(thing) is plain and plain is not with_callback
others = [weakref.ref(thing, dead.append) for _ in range(100)]
assert weakref.ref(thing) is plain and weakref.getweakrefcount(thing) == 102
thing = None
for _ in range(3):
    gc.collect()
assert plain() is None and with_callback() is None and len(dead) == 101
