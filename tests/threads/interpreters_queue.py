"""Queues between isolated interpreters: what arrives, limits, waiting, numbers, four at work."""

import gc
import sys
import threading
import time

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)


def raises(kind, fn, *args):
    try:
        fn(*args)
    except kind:
        return
    raise AssertionError(f'{kind} not raised')


def objects():
    q = interpreters.create_queue()
    text, data, many = 'x' * 1000, b'y' * 1000, ('a' * 100, (b'b', 2.5), None)
    for obj in (text, data, many, 10**50, 1.5, True, None):
        q.put(obj)
        assert q.get() is obj                # not copied
    for obj in ([1, [2]], {'k': (1, [2])}, {1, 2}, bytearray(b'z')):
        q.put(obj)
        got = q.get()
        assert got == obj and got is not obj
    view = memoryview(bytearray(b'abc'))
    q.put(view)
    q.get()[0] = ord('X')
    assert view.tobytes() == b'Xbc'
    raises(interpreters.NotShareableError, q.put, threading.Lock())
    other = interpreters.create_queue()
    q.put((1, other))
    assert q.get() == (1, other)
    assert interpreters.is_shareable(other) and interpreters.is_shareable((1, ('a', other)))
    assert not interpreters.is_shareable([])
    q.put([other])
    assert q.get() == [other]


def limits():
    q = interpreters.create_queue(2)
    assert (q.maxsize, q.empty(), q.full(), q.qsize()) == (2, True, False, 0)
    q.put(1)
    q.put(2)
    assert q.full() and q.qsize() == 2
    raises(interpreters.QueueFull, q.put_nowait, 3)
    raises(interpreters.QueueFull, q.put, 3, True, 0.01)
    assert (q.get(), q.get_nowait()) == (1, 2)
    raises(interpreters.QueueEmpty, q.get_nowait)
    raises(interpreters.QueueEmpty, q.get, True, 0.01)


def numbers():
    q = interpreters.create_queue()
    assert interpreters.Queue(q.id) == q and hash(q) == hash(interpreters.Queue(q.id))
    assert q in interpreters.list_all_queues()
    raises(interpreters.QueueNotFoundError, interpreters.Queue, 10**6)
    raises(TypeError, interpreters.Queue, 'x')
    i = interpreters.create()
    i.prepare_main(q=q)
    i.exec('q.put([1, "two"])')
    assert q.get() == [1, 'two']
    i.exec(f'from typhon.interpreters import Queue; Queue({q.id}).put(sum)')
    assert q.get() is sum
    i.close()
    q.put('stays')
    assert q.get() == 'stays'


def work():
    jobs, results = interpreters.create_queue(), interpreters.create_queue(8)

    def worker(jobs, results):
        while (job := jobs.get()) is not None:
            results.put((job, [job] * 3))

    several = [interpreters.create() for _ in range(4)]
    threads = [i.call_in_thread(worker, jobs, results) for i in several]
    for n in range(200):
        jobs.put(n)
    for _ in several:
        jobs.put(None)
    got = sorted(results.get(timeout=60) for _ in range(200))
    assert got == [(n, [n] * 3) for n in range(200)]
    for thread in threads:
        thread.join()
    for i in several:
        i.close()


objects()
limits()
numbers()
work()
