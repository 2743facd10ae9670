"""A place that has learned where the __dict__ of instances has an attribute does not take what an
earlier dict left in the same memory for the attribute of one that has fewer."""
import gc


class Thing:
    def kind(self):
        return "class"


def kind_of(thing):
    return thing.kind()


def make(names):
    """A Thing whose attributes are in a dict of its own."""
    thing = Thing()
    attributes = thing.__dict__
    for name in names:
        attributes[name] = len(attributes)
    return thing


NAMES = [f"attribute_{i}" for i in range(9)]

with_own = make(NAMES)
with_own.kind = lambda: "own"
for _ in range(20):
    assert kind_of(with_own) == "own"
found = []
for round in range(30):
    some = [make(NAMES) for _ in range(200)]
    for i, thing in enumerate(some):
        thing.kind = lambda i=i: i
    assert [kind_of(thing) for thing in some] == list(range(200))
    del some, thing
    gc.collect()
    found += [kind_of(make(NAMES)) for _ in range(200)]
assert set(found) == {"class"}, set(found) - {"class"}
