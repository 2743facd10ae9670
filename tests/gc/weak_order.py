"""A reference without callback, taken after one that has a callback, is shared and dies with its
object."""
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


# a callback is not called for what has died since it was queued: here while a finalizer keeps
# others waiting
class Owner:
    """As weakref.WeakMethod: its callback looks for it by a weak reference."""

    def __init__(self, watched):
        def ended(_, me=weakref.ref(self)):
            found.append(me())

        self.watch = weakref.ref(watched, ended)


class Ending:
    def __del__(self):
        while watched:
            watched.pop()
        gc.collect()
        while owners:
            owners.pop()
        gc.collect()


found, watched, owners = [], [Thing() for _ in range(50)], []
owners += map(Owner, watched)
Ending()
gc.collect()
assert None not in found, found
assert not watched and not owners
