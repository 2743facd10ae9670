"""Many short threads, threads that start threads, low-level _thread, stack sizes."""
import _thread
import threading
import time

from _util import run

done = []
for _ in range(20):
    threads = [threading.Thread(target=done.append, args=(i,)) for i in range(25)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
assert len(done) == 500 and threading.active_count() == 1


def spread(depth, out):
    if depth:
        children = [threading.Thread(target=spread, args=(depth - 1, out)) for _ in range(3)]
        for c in children:
            c.start()
        for c in children:
            c.join()
    out.append(depth)


out = []
spread(4, out)
assert len(out) == 1 + 3 + 9 + 27 + 81

lock, left = _thread.allocate_lock(), [50]
ready = threading.Event()


def low(x, *, y):
    assert y == 2
    with lock:
        left[0] -= 1
        if not left[0]:
            ready.set()


for i in range(50):
    assert isinstance(_thread.start_new_thread(low, (i,), {"y": 2}), int)
assert ready.wait(30) and left == [0]
old = threading.stack_size(1 << 20)
assert run(lambda k: sum(range(1000)), each=4) == [499500] * 4
assert threading.stack_size(old) == 1 << 20
for bad in (lambda: _thread.start_new_thread(5, ()), lambda: _thread.start_new_thread(print, 5)):
    try:
        bad()
        raise AssertionError("no error")
    except TypeError:
        pass
while _thread._count() > 0:
    time.sleep(0.001)
