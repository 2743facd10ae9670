"""Many isolated interpreters, one after the other and from several threads at once: nothing stays
of them; what one has put into a queue outlives it; one that is gone says so."""
import gc
import mmap
import sys
import threading

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)


def raises(kind, fn, *args):
    try:
        fn(*args)
    except kind:
        return
    raise AssertionError(f'{kind} not raised by {fn}')


with open('/proc/self/statm') as statm:
    SANITIZER = int(statm.read().split()[0]) * mmap.PAGESIZE > 1 << 30  # it has its own memory


def resident():
    with open('/proc/self/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmRSS'))


def one(n):
    i = interpreters.create()
    i.exec(f'import json; x = json.loads(json.dumps([{n}] * 10)); assert x == [{n}] * 10')
    if n % 3 == 0:
        raises(interpreters.ExecutionFailed, i.exec, 'raise ValueError(x)')
    i.close()


def in_turn():
    for n in range(40):
        one(n)
    before = resident()
    for n in range(120):
        one(n)
    if not SANITIZER:
        assert resident() - before < 120 * 100, (before, resident())  # KB; one takes some 700


def at_once():
    failures = []

    def work():
        try:
            for n in range(12):
                one(n)
        except BaseException as e:
            failures.append(e)

    several = [threading.Thread(target=work) for _ in range(4)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    assert not failures, failures
    assert interpreters.list_all() == [interpreters.get_main()]


def after_its_end():
    q = interpreters.create_queue()
    i = interpreters.create()
    i.prepare_main(q=q)
    i.exec('q.put([1, {2: "x"}]); q.put(("y" * 3, (b"z", 1.5))); q.put(q); q.put(b"k" * 99)')
    i.exec('class Own: pass\nq.put(Own())')
    i.close()
    del i
    gc.collect()
    assert [q.get(), q.get()] == [[1, {2: 'x'}], ('yyy', (b'z', 1.5))]
    assert q.get() == q and q.get() == b'k' * 99
    raises(AttributeError, q.get)  # its class was of that interpreter's __main__
    raises(interpreters.QueueEmpty, q.get_nowait)


def gone():
    i = interpreters.create()
    i.close()
    missing = interpreters.InterpreterNotFoundError
    raises(missing, i.close)
    raises(missing, i.is_running)
    raises(missing, i.exec, 'pass')
    raises(missing, i.call, len, 'x')
    raises(missing, i.prepare_main, {'a': 1})
    raises(missing, interpreters.Interpreter, i.id)


in_turn()
at_once()
after_its_end()
gone()
