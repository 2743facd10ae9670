"""Event and Timer; join with and without time limits; names, idents and enumerate()."""
import threading
import time

from _util import THREADS, run

ping, pong, log = threading.Event(), threading.Event(), []


def a(k):
    for i in range(300):
        assert ping.wait(30)
        ping.clear()
        log.append(("a", i))
        pong.set()


def b(k):
    for i in range(300):
        ping.set()
        assert pong.wait(30)
        pong.clear()
        log.append(("b", i))


run(a, b)
assert log == [(x, i) for i in range(300) for x in "ab"]
start = time.monotonic()
assert not threading.Event().wait(0.05) and 0.04 < time.monotonic() - start < 10

fired = threading.Event()
timer = threading.Timer(0.02, fired.set)
timer.start()
assert fired.wait(30)
timer.join()
never = threading.Timer(60, fired.clear)
never.start()
never.cancel()
never.join(30)
assert not never.is_alive() and fired.is_set()

go = threading.Event()
threads = [threading.Thread(target=go.wait, name=f"waiter-{i}") for i in range(THREADS)]
for t in threads:
    assert not t.is_alive() and t.ident is None
    t.start()
assert all(t.is_alive() for t in threads) and len({t.ident for t in threads}) == THREADS
assert len({t.native_id for t in threads}) == THREADS
assert set(threads) < set(threading.enumerate()) and threading.active_count() >= THREADS + 1
threads[0].join(0.02)
assert threads[0].is_alive()
go.set()
for t in threads:
    t.join(30)
    assert not t.is_alive() and t.name.startswith("waiter-")
for bad in (threading.Thread.start, threading.current_thread().join):
    try:
        bad(threads[0]) if bad is threading.Thread.start else bad()
        raise AssertionError("no error")
    except RuntimeError:
        pass
assert threading.main_thread() is threading.current_thread()
assert threading.get_ident() == threading.main_thread().ident
