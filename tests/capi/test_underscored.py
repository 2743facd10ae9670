"""Functions that generated code calls, objects of C types, struct sequences in static memory:
underscored.c."""
import gc

from _build import build, raises

build("underscored.c", None, "-Wno-missing-braces")
import underscored as u


class Box:
    def method(self, *args):
        return args


for _ in range(3):
    assert u.ids(Box()) is None and u.numbers() is None
for f in u.fast, u.fast_tuple:
    assert f(1, 2) == (1, 2, 0) and f(1, b=2, c=3) == (1, 2, 3) and f(1, 2, 3) == (1, 2, 3)
    raises(TypeError, "fast() missing required argument 'b' (pos 2)", f, 1)
    raises(TypeError, "'d' is an invalid keyword argument for fast()", f, 1, 2, d=3)
    raises(TypeError, "argument for fast() given by name ('b') and position (2)", f, 1, 2, b=3)
assert u.unpack(1, b=2) == (1, 2, None) and u.unpack(1, c=3) == (1, None, 3)
raises(TypeError, "unpack() takes at most 2 positional arguments (3 given)", u.unpack, 1, 2, 3)
raises(TypeError, "unpack() takes at least 1 positional argument (0 given)", u.unpack)
raises(TypeError, "'d' is an invalid keyword argument for unpack()", u.unpack, 1, d=3)
raises(TypeError, "argument for unpack() given by name ('b') and position (2)", u.unpack, 1, 2, b=3)
call = u.objects()
assert call(5) == (5, 1, None) and call(5, k=1) == (5, 1, ("k",))

before = u.ends()
for _ in range(20):
    u.lives()
    u.dealloc()
for _ in range(3):
    gc.collect()
after = u.ends()
# a collector that looks at stacks may take an old word there for a reference
assert all(15 <= b - a <= 20 for a, b in zip(before, after)), (before, after)
