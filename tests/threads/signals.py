"""Signals while threads run: handled by the main thread, which is in a loop, a lock, a sleep or a
read."""
import os
import signal
import threading
import time

caught = []
signal.signal(signal.SIGUSR1, lambda n, frame: caught.append(threading.current_thread()))
stop = threading.Event()


def busy():
    while not stop.is_set():
        [x * x for x in range(50)]


workers = [threading.Thread(target=busy, daemon=True) for _ in range(2)]
for t in workers:
    t.start()


def send(after=0.02):
    threading.Timer(after, os.kill, (os.getpid(), signal.SIGUSR1)).start()


send()
while not caught:
    pass
send()
limit = time.monotonic() + 30
while len(caught) < 2 and time.monotonic() < limit:
    time.sleep(0.01)
lock = threading.Lock()
lock.acquire()
send()
limit = time.monotonic() + 30
while len(caught) < 3 and time.monotonic() < limit:
    lock.acquire(timeout=0.3)
assert len(caught) == 3
r, w = os.pipe()


def write_then():
    while len(caught) < 4:
        time.sleep(0.01)
    os.write(w, b"x")


threading.Thread(target=write_then).start()
send()
assert os.read(r, 1) == b"x" and len(caught) == 4, "a read goes on behind a handled signal"
assert set(caught) == {threading.main_thread()}


class Stop(Exception):
    pass


def raise_stop(n, frame):
    raise Stop


signal.signal(signal.SIGUSR1, raise_stop)
for wait in (lambda: time.sleep(30), lambda: lock.acquire(), lambda: os.read(r, 1),
             lambda: threading.Event().wait(30),
             lambda: workers[0].join(30)):
    start = time.monotonic()
    try:
        send()
        wait()
        raise AssertionError("not interrupted")
    except Stop:
        assert time.monotonic() - start < 20
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    while True:
        pass
except KeyboardInterrupt:
    pass
stop.set()
for t in workers:
    t.join()
