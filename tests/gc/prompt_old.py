"""del of an old object among 15 MB of others: its weak reference is dead in the next statement, if
nothing asked for that before."""
import gc
import weakref


class Node:
    pass


others = [[i] for i in range(200_000)]
node = Node()
known = weakref.WeakKeyDictionary({node: 1})
gc.collect()
gc.collect()
del node
assert not list(known.values())
