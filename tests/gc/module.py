"""The functions of the module gc."""
import gc
import sys

# collect() finds cycles and calls the callbacks around it
seen = []


def callback(phase, info):
    seen.append((phase, info["generation"], set(info) >= {"collected", "uncollectable"}))


gc.callbacks.append(callback)
gc.collect()
gc.collect(1)
gc.callbacks.remove(callback)
assert seen == [("start", 2, True), ("stop", 2, True), ("start", 1, True), ("stop", 1, True)], seen


def cycles(n):
    for _ in range(n):
        x = []
        x.append(x)


gc.collect()
cycles(100)
assert gc.collect() >= 100

# ... and counts what gc.get_objects() would list: not the parts of a list, a dict or a set, nor
# what refers to nothing
class Node:
    pass


def self_list():
    x = [1.5, "a"]
    x.append(x)


def self_dict():
    x = {"a": 1.5, "b": "c"}
    x["x"] = x


def tuple_in_list():
    x = []
    x.append((x,))


def self_node():
    x = Node()
    x.x = x


def node_with_set():
    x = Node()
    x.x = {x, "y", b"z"}


def count_collected(make):
    make()
    gc.collect()
    make()
    return gc.collect()


for make, objects in ((self_list, 1), (self_dict, 1), (tuple_in_list, 2), (self_node, 1),
                      (node_with_set, 2)):
    counts = [count_collected(make) for _ in range(3)]
    # not in all, when the collector was called for another reason
    assert objects in counts, (make, counts)
collected = gc.get_stats()[2]["collected"]
self_list()
count = gc.collect()
assert gc.get_stats()[2]["collected"] >= collected + count
for wrong in -1, 3:
    try:
        gc.collect(wrong)
    except ValueError as e:
        assert str(e) == "invalid generation"
    else:
        raise AssertionError

# references in both directions
a, b = [1, "two"], {}
c = (a, b)
d = {"key": a}


class C:
    pass


o = C()
o.attribute = a
found = gc.get_referrers(a)
assert any(x is c for x in found) and any(x is d for x in found)
assert any(x is o or x is o.__dict__ for x in gc.get_referrers(a))
assert sorted(map(str, gc.get_referents([1, 2.5, "x", None]))) == ["1", "2.5", "None", "x"]
assert ([x for x in gc.get_referents(c) if x is a or x is b] == [a, b]
        or len(gc.get_referents(c)) == 2)
assert len(gc.get_referents(1, "x")) <= 1
assert any(x is a for x in gc.get_objects()) and any(x is o for x in gc.get_objects())
assert len(gc.get_objects(generation=0)) >= 0


class Holding:
    def __init__(self, inner):
        self.inner = inner

    def __del__(self):
        pass


def leave():
    Holding(Holding([]))


leave()
# their finalizers have run, they are gone
assert not [x for x in gc.get_objects() if type(x) is Holding]
for wrong, error in (-2, ValueError), (3, ValueError), ("x", TypeError):
    try:
        gc.get_objects(generation=wrong)
    except error:
        pass
    else:
        raise AssertionError(wrong)

# settings
assert gc.isenabled()
gc.disable()
assert not gc.isenabled()
cycles(1000)
gc.enable()
assert gc.isenabled()
old = gc.get_threshold()
gc.set_threshold(500, 5, 5)
assert gc.get_threshold() == (500, 5, 5)
gc.set_threshold(*old)
assert len(gc.get_count()) == 3 and all(isinstance(x, int) for x in gc.get_count())
gc.set_debug(0)
assert gc.get_debug() == 0 and gc.garbage == []

# statistics count
stats = gc.get_stats()
gc.collect()
gc.collect(0)
after = gc.get_stats()
assert len(stats) == 3 and all(set(s) == {"collections", "collected", "uncollectable"}
                               for s in stats)
assert after[2]["collections"] == stats[2]["collections"] + 1
assert after[0]["collections"] == stats[0]["collections"] + 1

# classes that are gone leave nothing behind in the list of their base's subclasses
gc.collect()
before = len(gc.get_objects())
for _ in range(1000):
    class Short:
        pass
gc.collect()
assert len(gc.get_objects()) < before + 100

# freezing
gc.freeze()
assert gc.get_freeze_count() > 0
gc.unfreeze()
assert gc.get_freeze_count() == 0

# what can be in a cycle
assert gc.is_tracked([]) and gc.is_tracked(o) and gc.is_tracked(C)
assert not gc.is_tracked(1) and not gc.is_tracked("x") and not gc.is_tracked({})
