"""Classes whose attributes change so often that nothing is remembered of them any more, and a
process that has no numbers left by which caches tell one state of a class from another: all is
found as before."""
import importlib.machinery
import os
import subprocess
import sys


class Counter:
    made = 0

    def __init__(self, value):
        Counter.made += 1
        self.value = value

    def get(self):
        return self.value

    @property
    def double(self):
        return self.value * 2


class Derived(Counter):
    __slots__ = ()


def sums(kind, n):
    total = 0
    for i in range(n):
        c = kind(i)
        total += c.get() + c.value + c.double + c.made - Counter.made + kind.made - c.made
    return total


def shapes(n):
    """Instances of one class with attributes in other orders, read at one place."""
    found = []
    for i in range(n):
        c = Counter(i)
        for name in ("a", "b") if i % 2 else ("b", "a"):
            setattr(c, name, name + str(i))
        found.append(c.a + c.b)
    return found


N = int(os.environ.get("CHANGES", 40000))
for kind in Counter, Derived:
    assert sums(kind, N) == 4 * sum(range(N))
assert Counter.made == Derived.made == 2 * N
assert shapes(200) == ["a%db%d" % (i, i) for i in range(200)]
Counter.get = lambda self: -1
assert Counter(1).get() == Derived(2).get() == -1
del Counter.get
try:
    Derived(1).get()
except AttributeError:
    pass
else:
    raise AssertionError
Derived.get = lambda self: self.value + 1
assert Derived(1).get() == 2 and not hasattr(Counter(1), "get")
loader = importlib.machinery.SourceFileLoader
original, asked = loader.get_code, []
loader.get_code = lambda self, name: asked.append(name) or original(self, name)
import colorsys
loader.get_code = original
import sched
assert asked[:1] == ["colorsys"] and "sched" not in asked, asked
name = N
assert [globals().__setitem__("name", i) or name for i in range(100)] == list(range(100))

if sys.implementation.name == "typhon" and "TYPHON_GUARD_IDS" not in os.environ:
    for ids in 0, 500, 5000, 20000:
        env = dict(os.environ, TYPHON_GUARD_IDS=str(ids), CHANGES="3000")
        subprocess.run([sys.executable, __file__], env=env, check=True)
