# What only caches, left temporaries and other names still seem to hold is collected; finalizers
# come in time.
import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import weakref

# a broken-off async for: the generator's finalizer hook runs in the collection (the last one may
# still be found on the C stack)
LOOPS = 5
seen = []


async def numbers():
    try:
        yield 1
        yield 2
    finally:
        seen.append("closed")


async def main():
    hooks = sys.get_asyncgen_hooks()

    def finalizer(generator):
        seen.append("hook")
        hooks.finalizer(generator)

    sys.set_asyncgen_hooks(finalizer=finalizer)
    for _ in range(LOOPS):
        async for _ in numbers():
            break
    gc.collect()
    seen.append("collected")
    await asyncio.sleep(0.01)


asyncio.run(main())
assert seen.index("collected") >= LOOPS - 1 and seen.count("closed") == LOOPS, seen

# a collection asked for inside a generator finds what the generator has just let go of
class Item:
    pass


def emptied(items):
    while items:
        dead = weakref.ref(items.pop())
        gc.collect()
        yield dead() is None


gone = emptied([Item() for _ in range(10)])
# the last one made may still be found on the C stack
assert sum(next(gone) for _ in range(10)) >= 9

# gc.disable() does not keep finalizers waiting for ever
class Dropped:
    count = 0

    def __del__(self):
        Dropped.count += 1


gc.disable()
for _ in range(50_000):
    Dropped()
gc.enable()
assert Dropped.count > 10_000, Dropped.count

# a module's globals die with the process, whatever ran in it
SOURCE = """
import sys
class Last:
    def __del__(self):
        print(NAME, "gone", len("abc"))
NAME = __name__
last = [Last()]
last.append(last)
def use():
    return Last, NAME
use()
"""
with tempfile.TemporaryDirectory() as folder:
    for name in ("other.py", "script.py"):
        with open(os.path.join(folder, name), "w") as f:
            f.write(SOURCE)
    with open(os.path.join(folder, "script.py"), "a") as f:
        f.write("import other\n")
    for _ in range(2):  # compiled, and read from the cache
        out = subprocess.run([sys.executable, os.path.join(folder, "script.py")],
                             capture_output=True, text=True)
        assert sorted(out.stdout.splitlines()) == ["__main__ gone 3", "other gone 3"], out
