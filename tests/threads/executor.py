"""concurrent.futures: map, submit, exceptions, cancel, as_completed, wait, callbacks, shutdown."""
import concurrent.futures as cf
import threading

with cf.ThreadPoolExecutor(4) as pool:
    assert list(pool.map(lambda x: x * x, range(300))) == [x * x for x in range(300)]
    futures = {pool.submit(pow, i, 2): i for i in range(100)}
    assert {f.result() for f in cf.as_completed(futures, timeout=30)} == {i * i for i in range(100)}
    bad = pool.submit(int, "x")
    assert isinstance(bad.exception(30), ValueError)
    try:
        bad.result()
        raise AssertionError("no error")
    except ValueError as e:
        assert "invalid literal" in str(e)
    called = []
    f = pool.submit(lambda: 5)
    f.add_done_callback(lambda f: called.append(f.result()))
    done, pending = cf.wait([f, *futures], timeout=30)
    assert not pending and called == [5]
    gate = threading.Event()
    blocked = [pool.submit(gate.wait, 30) for _ in range(4)]
    waiting = pool.submit(print, "never")
    assert waiting.cancel() and waiting.cancelled()
    try:
        blocked[0].result(timeout=0.02)
        raise AssertionError("no time limit")
    except cf.TimeoutError:
        pass
    done, pending = cf.wait(blocked, timeout=0.02)
    assert not done and len(pending) == 4
    gate.set()
    done, pending = cf.wait(blocked, timeout=30, return_when=cf.ALL_COMPLETED)
    assert len(done) == 4

    def nested(n):
        return n if n == 0 else nested(n - 1) + 1

    assert [f.result() for f in [pool.submit(nested, 50) for _ in range(20)]] == [50] * 20
try:
    pool.submit(print)
    raise AssertionError("took work after its end")
except RuntimeError:
    pass

started = []
with cf.ThreadPoolExecutor(2, thread_name_prefix="named", initializer=started.append,
                           initargs=(1,)) as pool:
    names = set(pool.map(lambda _: threading.current_thread().name, range(50)))
assert 1 <= len(started) <= 2 and all(n.startswith("named") for n in names)
