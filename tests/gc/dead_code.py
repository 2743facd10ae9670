"""What only inline caches of dead code refer to is garbage for collections of young objects,
too."""
import gc
import weakref

SOURCE = """
def f(x):
    return len(x) + len(str(x))
for i in range(5):
    f([i])
"""


class Marker:
    pass


def make():
    namespace = {"marker": Marker()}
    exec(SOURCE, namespace)
    return weakref.ref(namespace["marker"])


def full():
    return gc.get_stats()[2]["collections"]


gc.collect()
before, refs = full(), []
while full() == before and len(refs) < 3000:
    refs.append(make())
dead = sum(r() is None for r in refs)
assert dead > len(refs) / 2, (dead, len(refs))
