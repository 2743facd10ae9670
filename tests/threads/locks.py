"""Lock, RLock, Condition, Semaphore, Barrier: exclusion, timeouts, re-entry, errors."""
import threading

from _util import THREADS, run

N = 3000

for lock in (threading.Lock(), threading.RLock(), threading.Semaphore(1), threading.Condition()):
    total = [0]

    def add(k):
        for _ in range(N):
            with lock:
                v = total[0]
                total[0] = v + 1

    run(add, each=THREADS)
    assert total[0] == THREADS * N, type(lock)

lock = threading.Lock()
lock.acquire()
assert not lock.acquire(False) and not lock.acquire(timeout=0.05) and lock.locked()
t = threading.Thread(target=lock.release)
t.start()
t.join()
assert lock.acquire(timeout=5)
lock.release()
try:
    lock.release()
    raise AssertionError("released twice")
except RuntimeError:
    pass

r = threading.RLock()
with r, r, r:
    def other(k):
        assert not r.acquire(timeout=0.01)
        try:
            r.release()
            raise AssertionError("released by another thread")
        except RuntimeError:
            pass

    run(other, each=2)
assert r.acquire(False)
r.release()

# a bounded buffer with two conditions on one lock
inner = threading.Lock()
filled, emptied = threading.Condition(inner), threading.Condition(inner)
buffer, out = [], []


def produce(k):
    for i in range(500):
        with inner:
            while len(buffer) >= 5:
                emptied.wait()
            buffer.append((k, i))
            filled.notify()


def consume(k):
    for _ in range(500):
        with inner:
            assert filled.wait_for(lambda: buffer, timeout=30)
            out.append(buffer.pop(0))
            emptied.notify()


run(produce, consume, each=2)
assert len(set(out)) == 1000

# at most two inside
gate, inside, most = threading.BoundedSemaphore(2), [], []


def enter(k):
    for _ in range(200):
        with gate:
            inside.append(k)
            most.append(len(inside))
            inside.pop()


run(enter, each=THREADS)
assert max(most) <= 2
try:
    gate.release()
    raise AssertionError("released too often")
except ValueError:
    pass

# rounds of a barrier
barrier, rounds = threading.Barrier(THREADS), []


def march(k):
    for i in range(100):
        rounds.append(i)
        barrier.wait(30)
        assert rounds.count(i) == THREADS if i % 20 == 0 else True


run(march, each=THREADS)
assert sorted(rounds) == sorted(list(range(100)) * THREADS)
broken = threading.Barrier(2)
try:
    broken.wait(0.02)
    raise AssertionError("alone through a barrier of two")
except threading.BrokenBarrierError:
    assert broken.broken
