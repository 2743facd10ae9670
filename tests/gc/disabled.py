"""While the collector is disabled, memory that nothing refers to is used again all the same; cycles
that have just been made stay."""
import gc
import resource
import weakref


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def collections():
    return sum(generation["collections"] for generation in gc.get_stats())


class Node:
    pass


gc.collect()
gc.disable()
assert not gc.isenabled()
count = collections()
node = Node()
node.itself = node
gone = weakref.ref(node)
del node
[Node() for _ in range(100)]
assert gone() is not None or collections() > count  # where they come without a cause
before = peak()
numbers = list(range(100))
for _ in range(300_000):  # of 850 bytes each
    numbers[:]
assert peak() - before < 40, f"{peak() - before} MB more"
gc.enable()
gc.collect()
assert gone() is None
