"""Ten thousand threads one after the other, a thousand at once, more than the system has room
for."""
import resource
import sys
import threading

count = 0


def one():
    global count
    count += 1


for _ in range(10_000):
    t = threading.Thread(target=one)
    t.start()
    t.join()
assert count == 10_000 and threading.active_count() == 1

old = threading.stack_size(256 << 10)
go, ready = threading.Event(), threading.Semaphore(0)
total = []


def wait(i):
    x = [i] * 3
    ready.release()
    go.wait()
    total.append(sum(x))


threads = [threading.Thread(target=wait, args=(i,)) for i in range(1000)]
for t in threads:
    t.start()
for _ in threads:
    ready.acquire()
assert threading.active_count() == 1001
go.set()
for t in threads:
    t.join()
assert sum(total) == 3 * sum(range(1000))
threading.stack_size(old)

# the system refuses: an exception, and what runs goes on
if sys.platform == "linux":
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20), hard))
    go.clear()
    started = []
    try:
        for i in range(1000):
            t = threading.Thread(target=go.wait)
            t.start()
            started.append(t)
    except (RuntimeError, MemoryError) as e:
        refused = e
    else:
        refused = None
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    go.set()
    for t in started:
        t.join()
    assert refused is not None or len(started) == 1000
t = threading.Thread(target=one)
t.start()
t.join()
assert count == 10_001
