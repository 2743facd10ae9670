"""Thread states that C code makes, fields of slices, addresses of items: tests/capi/states.c."""
import gc
import threading

from _build import build

old = slice(-3, 1 << 40, None)  # made before there was any extension
build("states.c")
import states

called = []


def callback():
    called.append((threading.get_ident(), len([str(i) for i in range(1000)])))
    gc.collect()


for _ in range(5):
    states.states(callback)
assert len(called) == 20 and {n for _, n in called} == {1000}
assert threading.get_ident() not in {ident for ident, _ in called}

assert states.slice_fields(old) == (-3, 1 << 40, None)
assert states.slice_fields(slice(None)) == (None, None, None)
assert states.slice_fields(slice(1 << 70, 2.5, "x")) == (1 << 70, 2.5, "x")


class Key:
    def __getitem__(self, key):
        return states.slice_fields(key)


assert Key()[1 : 10**10 : -1] == (1, 10**10, -1)
gc.collect()
assert states.slice_fields(old) == (-3, 1 << 40, None)

assert states.lengths(()) == 0 and states.lengths(("abc", [1, 2], {})) == 5
assert states.numbers((1, 2.5, 10**10, -(10**11))) == (1, 2.5, 10**10, -(10**11))
