"""What an iterator raises ends math.prod() at once, whichever kind of number comes before it."""
import math


class Once:
    """Raises after some items, and would go on for ever."""

    def __init__(self, *items):
        self.items = list(items)
        self.raised = False

    def __iter__(self):
        return self

    def __next__(self):
        assert not self.raised
        if self.items:
            return self.items.pop(0)
        self.raised = True
        raise LookupError


for items in (), (1,), (1.0,), (1.0, 2.0), (1, 2.0, 3.0), (1.0, 2), (2**70, 1.5), (1j,), (1.0, 1j, 1.0):
    try:
        math.prod(Once(*items))
    except LookupError:
        pass
    else:
        raise AssertionError(items)
assert math.prod([1.5, 2.0]) == 3.0 and math.prod([]) == 1 and math.prod([2.0, 3]) == 6.0
print("ok")
