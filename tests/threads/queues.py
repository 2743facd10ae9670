"""queue.Queue, LifoQueue, PriorityQueue, SimpleQueue: nothing lost, nothing twice, limits kept."""
import queue

from _util import THREADS, run

N = 1500

for q in (queue.Queue(), queue.Queue(10), queue.LifoQueue(7), queue.PriorityQueue(20),
          queue.SimpleQueue()):
    def produce(k):
        for i in range(N):
            q.put((k, i))
        q.put((99, 99))

    def consume(k):
        mine = []
        while (item := q.get(timeout=30)) != (99, 99):
            mine.append(item)
            if hasattr(q, "task_done"):
                q.task_done()
        return mine

    kinds = (consume, produce) if isinstance(q, queue.LifoQueue) else (produce, consume)
    if isinstance(q, (queue.LifoQueue, queue.PriorityQueue)):
        def produce(k):
            for i in range(N):
                q.put((k, i))

        def consume(k):
            return [q.get(timeout=30) for _ in range(N)]

    got = [x for part in run(produce, consume, each=2) if part for x in part]
    assert len(got) == 2 * N == len(set(got)), type(q)
    assert q.empty()
    if type(q) in (queue.Queue, queue.SimpleQueue):
        pass

q = queue.Queue(2)
q.put(1)
q.put_nowait(2)
for call, error in ((lambda: q.put_nowait(3), queue.Full),
                    (lambda: q.put(3, timeout=0.02), queue.Full)):
    try:
        call()
        raise AssertionError("a full queue took more")
    except error:
        pass
assert q.get_nowait() == 1 and q.get() == 2
for empty in (q, queue.SimpleQueue()):
    for call in (empty.get_nowait, lambda: empty.get(timeout=0.02)):
        try:
            call()
            raise AssertionError("an empty queue gave something")
        except queue.Empty:
            pass

# join() waits for task_done()
q, done = queue.Queue(), []


def worker(k):
    while (item := q.get(timeout=30)) is not None:
        done.append(item)
        q.task_done()
    q.task_done()


def feeder(k):
    for i in range(200):
        q.put(i)
    for _ in range(3):
        q.put(None)
    q.join()
    assert sorted(done) == list(range(200))


run(feeder, worker, worker, worker)

# who waits for an item is woken by the next put, whatever others get meanwhile
there, back = queue.SimpleQueue(), queue.SimpleQueue()


def ask(k):
    for i in range(N):
        there.put((k, i))
        assert back.get() is not None


def answer(k):
    for _ in range(N):
        back.put(there.get())


run(ask, answer, each=2)
assert there.empty() and back.empty()
