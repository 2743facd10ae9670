"""A module that Cython generates: a class, generators, coroutines, closures, tracebacks, and a loop
without the GIL."""
import asyncio
import gc
import os
import shutil
import subprocess
import sys
import threading
import traceback

from _build import FOLDER, HERE, build, raises

cython = shutil.which("cython3") or shutil.which("cython")
if cython is None:
    print("no Cython")
    sys.exit(77)
source = os.path.join(FOLDER, "generated.c")
shutil.copy(os.path.join(HERE, "generated.pyx"), FOLDER)
subprocess.run([cython, os.path.join(FOLDER, "generated.pyx"), "-o", source], check=True)
build(source, "generated", "-w")
import generated as g

c = g.Counter(3, [1])
assert (c.add(4) == 7 and c.total == 7 and repr(c) == "Counter(7, [1])" and c == g.Counter(7)
        and c != g.Counter(8))
c.tag = "new"
assert c.tag == "new" and (c == 3) is False
raises(TypeError, "an integer is required", c.add, "x")
d = g.Documented.make(3)
assert type(d) is g.Documented and d(5) == 15 and g.Documented().n == 1
assert d[4] == 4 and d[1:10**20:None] == (1, 10**20, None)
assert g.parts([1, 2.5, "x"], (1, 2, 3, 4)) == ([2.5, "x"], [1, 2.5], (2, 3))
assert g.lookups({"a": 1}, "b") == (None, 5, 6, 6, None, [("a", 1)])
assert list(g.squares(5)) == [0, 1, 4, 9, 16]


def failing(f, *args):
    try:
        f(*args)
    except Exception as e:
        return ([(frame.name, frame.lineno) for frame in traceback.extract_tb(e.__traceback__)][1:],
                type(e))
    raise AssertionError


line = next(i for i, text in enumerate(open(os.path.join(HERE, "generated.pyx")), 1)
            if "1 // x" in text)
assert failing(g.fail, 0) == ([("generated.fail", line)], ZeroDivisionError)
squares = g.squares(3)
next(squares)
assert failing(squares.throw, KeyError("x"))[1] is KeyError and list(squares) == []
assert g.kw(1, 2, b=4, z=5) == (1, (2,), 4, {"z": 5}) and g.kw(a=1) == (1, (), 3, {})
raises(TypeError, "kw() takes at least 1 positional argument (0 given)", g.kw)
assert g.kw.__name__ == "kw" and g.kw.__code__.co_varnames == ("a", "b", "args", "kw")
assert g.kw.__code__.co_filename.endswith("generated.pyx")


async def answer():
    await asyncio.sleep(0)
    return 42


class Awaitable:
    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return "awaited"


assert asyncio.run(g.co(answer())) == 42 and asyncio.run(g.co(Awaitable())) == "awaited"
assert asyncio.run(g.co(g.co(answer()))) == 42
assert g.closure(10) == ([10, 11, 12], {0: 10, 1: 11}, [3, 2, 1])
assert g.Py().m(q=2) == ("<ge", 2)

expected = g.nogil_loop(100000)
results = []
threads = [threading.Thread(target=lambda: results.append(g.nogil_loop(100000))) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert results == [expected] * 4
for _ in range(3):
    gc.collect()
