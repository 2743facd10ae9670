"""Shared by the thread tests: start workers at the same moment, wait for them, and pass on what
they raise."""
import threading

THREADS = 4


def run(*workers, each=1, limit=60):
    """Start each worker `each` times, all at once; worker(k) gets its number.  Returns what they
    return, in order."""
    count = len(workers) * each
    start = threading.Barrier(count)
    results, errors = [None] * count, []

    def body(k):
        start.wait()
        try:
            results[k] = workers[k % len(workers)](k)
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=body, args=(k,), daemon=True) for k in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(limit)
        assert not t.is_alive(), "a worker hangs"
    if errors:
        raise errors[0]
    return results


def until(stop, step):
    """A worker that repeats step() until the event is set, at least once; returns how often."""
    def worker(k):
        n = 0
        while True:
            step()
            n += 1
            if stop.is_set():
                return n

    return worker


def watch(change, look, rounds, most=None):
    """One thread calls look() so many times while another one calls change(1), change(2) ... until
    that has ended, but at most so often."""
    done = threading.Event()

    def write(k):
        n = 0
        while not done.is_set() and n != most:
            n += 1
            change(n)

    def read(k):
        try:
            for _ in range(rounds):
                look()
        finally:
            done.set()

    run(write, read, limit=600)


def watch_readers(change, readers, rounds):
    """The same; each reader is what looks, and what checks the result."""
    def look():
        for see, check in readers:
            check(see())

    watch(change, look, rounds, most=20 * rounds)


def use(cases, exceptions, rounds):
    """For each case, what makes an object and what is done to it: three threads do these things to
    one object, which is made anew now and then; the named exceptions are fine."""
    for make, operations in cases.values():
        shared = [make()]

        def work(k):
            for i in range(rounds):
                expect(exceptions, operations[(i + k) % len(operations)], shared[0])
                if k == 0 and i % 6 == 0:
                    shared[0] = make()

        run(work, each=3)


def expect(exceptions, call, *args):
    """Call; the named exceptions are fine, any other is not."""
    try:
        return call(*args)
    except exceptions:
        return None
