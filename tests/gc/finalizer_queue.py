# Who makes objects with finalizers faster than these run waits for them: the queue stays short.
import collections
import gc
import mmap
import resource
import threading
import time

with open("/proc/self/statm") as statm:  # a sanitizer has memory of its own
    MEGABYTES = 64 if int(statm.read().split()[0]) * mmap.PAGESIZE < 1 << 30 else 1 << 20


def grown(before=[0]):
    """Megabytes that the peak of memory has grown by since the last call."""
    now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    before[0], growth = now, now - before[0]
    return growth


class Counted(list):
    made = done = 0

    def __del__(self):
        type(self).done += 1


# finalizers that take long, two threads that do nothing but make work for them
def sleeper():
    try:
        yield
    finally:
        time.sleep(0.0005)


class Slow:
    made, done = [], []

    def __init__(self):
        self.generator = sleeper()
        next(self.generator)
        Slow.made.append(None)

    def __del__(self):
        Slow.done.append(None)
        time.sleep(0.0005)


def produce():
    while time.monotonic() < end:
        Slow()


for enabled in (True, False):
    gc.enable() if enabled else gc.disable()
    Slow.made.clear(), Slow.done.clear()
    end = time.monotonic() + 1
    threads = [threading.Thread(target=produce) for _ in range(2)]
    for thread in threads:
        thread.start()
    longest = 0
    while time.monotonic() < end:
        longest = max(longest, len(Slow.made) - len(Slow.done))
        time.sleep(0.002)
    for thread in threads:
        thread.join()
    gc.collect()
    assert len(Slow.made) == len(Slow.done), (len(Slow.made), len(Slow.done))
    assert longest < 4000, (enabled, longest)
gc.enable()
grown()

# objects that native code makes, one after the other
collections.deque(map(Counted, [()] * 500_000), 0)
growth = grown()
assert growth < MEGABYTES, growth
gc.collect()
assert Counted.done == 500_000


# objects that a finalizer makes
class Inner:
    done = 0
    payload = "x" * 10_000

    def __init__(self):
        self.copy = Inner.payload + "y"

    def __del__(self):
        Inner.done += 1


class Outer:
    def __del__(self):
        for _ in range(50_000):
            Inner()


Outer()
gc.collect()
# of 500 MB: 1,500 wait at most, as many have run and wait for a collection, and what is made
# meanwhile: 66
growth = grown()
assert growth < 2 * MEGABYTES, growth
gc.collect()
assert Inner.done == 50_000, Inner.done
