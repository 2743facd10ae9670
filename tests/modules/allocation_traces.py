"""tracemalloc: sizes and places of what was made while tracing, alone and with threads that
allocate meanwhile."""
import gc
import subprocess
import sys
import threading
import tracemalloc

assert not tracemalloc.is_tracing() and tracemalloc.get_traced_memory() == (0, 0)
for wrong in (0, -1, 65536):
    try:
        tracemalloc.start(wrong)
    except ValueError:
        pass
    else:
        raise AssertionError(wrong)


def make(n):
    return [bytes(10000) for _ in range(n)]


def caller(n):
    return make(n)


tracemalloc.start(3)
assert tracemalloc.is_tracing() and tracemalloc.get_traceback_limit() == 3
first = make.__code__.co_firstlineno


def look():
    kept = caller(500)
    current, peak = tracemalloc.get_traced_memory()
    assert peak >= current > 500 * 10000
    traceback = tracemalloc.get_object_traceback(kept[7])
    lines = [frame.lineno for frame in traceback]
    assert all(frame.filename == __file__ for frame in traceback) and len(lines) == 3, traceback
    assert lines[-1] == first + 1 and lines[0] in (first + 5, first + 11), lines

    before = tracemalloc.take_snapshot()
    top = before.statistics("lineno")[0]
    assert top.traceback[0].lineno == first + 1 and top.size > 500 * 10000 and top.count >= 500, top
    by_file = before.filter_traces([tracemalloc.Filter(True, __file__)]).statistics("filename")
    assert len(by_file) == 1 and by_file[0].size >= top.size
    return before, current, peak


before, current, peak = look()
gc.collect()
assert tracemalloc.get_traced_memory()[0] < current / 2
change = tracemalloc.take_snapshot().compare_to(before, "lineno")[0]
assert change.traceback[0].lineno == first + 1 and change.size_diff < -490 * 10000, change
tracemalloc.reset_peak()
assert tracemalloc.get_traced_memory()[1] < peak
tracemalloc.clear_traces()
assert tracemalloc.get_traced_memory()[0] < 1000000
tracemalloc.stop()
assert not tracemalloc.is_tracing() and tracemalloc.get_traced_memory() == (0, 0)
assert tracemalloc.get_object_traceback([]) is None

# What the interpreter keeps to run a line is not memory that the line has made.
def idle():
    pass


def work():
    idle()
    "text".strip()


tracemalloc.start()
gc.collect()
here = tracemalloc.Filter(True, __file__)
before = tracemalloc.take_snapshot().filter_traces([here])
work()
gc.collect()
lines = range(work.__code__.co_firstlineno, work.__code__.co_firstlineno + 3)
grown = [str(d) for d in tracemalloc.take_snapshot().filter_traces([here]).compare_to(before, "lineno")
         if d.traceback[0].lineno in lines and d.size_diff]
assert not grown, grown
tracemalloc.stop()

# Threads allocate while tracing begins, is read and ends.
done = threading.Event()


def churn():
    rows = []
    while not done.is_set():
        rows.append([str(len(rows)).encode()] * 10)
        if len(rows) > 500:
            rows.clear()


threads = [threading.Thread(target=churn) for _ in range(3)]
for thread in threads:
    thread.start()
try:
    for i in range(12):
        tracemalloc.start(1 + i % 4)
        objects = [bytes(i + 50) for i in range(100)]
        assert len(tracemalloc.take_snapshot().traces) > 100
        assert tracemalloc.get_object_traceback(objects[50]) is not None
        if i % 3 == 0:
            gc.collect()
            tracemalloc.clear_traces()
        if i % 2:
            tracemalloc.stop()
finally:
    done.set()
    for thread in threads:
        thread.join()

# a generator's or coroutine's trace is where the call stands, not the function's first line
def later():
    yield 1


async def soon():
    pass


tracemalloc.start(1)
line = later.__code__.co_firstlineno
made, coroutine = later(), soon()
assert tracemalloc.get_object_traceback(made)[0].lineno > line + 5
assert tracemalloc.get_object_traceback(coroutine)[0].lineno > line + 5
coroutine.close()
tracemalloc.stop()

# traces keep code, not what it has seen: finalizers run at the end as without tracing
program = """
class A:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print(self.name)

def f(x=A("default")):
    return kept, made

import sys, types
kept, cycle = [A("item")], A("cycle")
cycle.self = cycle
made = sys.modules["made"] = types.ModuleType("made")
made.a = A("module")
f()
"""
for options in [], ["-X", "tracemalloc"], ["-X", "tracemalloc=9", "-X", "dev"]:
    done = subprocess.run([sys.executable, *options, "-c", program], capture_output=True, text=True,
                          check=True)
    assert sorted(done.stdout.split()) == ["cycle", "default", "item", "module"], (options, done)
