"""A main thread that waits sleeps, and does not look for signals from time to time; yet one that
another thread takes, or interrupt_main(), ends the wait, whenever it comes."""
import _thread
import os
import queue
import signal
import sys
import threading
import time

if sys.implementation.name != "typhon":
    sys.exit(77)  # only a signal that the main thread takes itself ends its waits there

ROUNDS = 30


class Stop(Exception):
    pass


def raise_stop(n, frame):
    raise Stop


signal.signal(signal.SIGUSR1, raise_stop)
signal.signal(signal.SIGINT, raise_stop)
taken = threading.Lock()
taken.acquire()
nothing = queue.SimpleQueue()
event = threading.Event()
orders = queue.SimpleQueue()


def started(target):
    thread = threading.Thread(target=target)
    thread.start()
    return thread


def send():
    while (order := orders.get()) is not None:
        order()


sender = started(send)
# an interrupted join() takes a thread for ended
idlers = [started(event.wait) for _ in range(2 * ROUNDS)]
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])  # here only


def main_status(field):
    with open(f"/proc/self/task/{os.getpid()}/status") as status:
        return next(line.split()[1] for line in status if line.startswith(field))


def asleep(order):
    def later():
        while main_status("State:") != "S":
            pass
        order()
    return later


waits = {
    "lock": lambda: taken.acquire(),
    "lock with a time-out": lambda: taken.acquire(timeout=60),
    "sleep": lambda: time.sleep(60),
    "queue": lambda: nothing.get(),
    "queue with a time-out": lambda: nothing.get(timeout=60),
    "event": lambda: event.wait(60),
    "join": lambda: idlers.pop().join(60),
}
sources = {
    "another thread": lambda: os.kill(os.getpid(), signal.SIGUSR1),
    "interrupt_main": _thread.interrupt_main,
}
for what, wait in waits.items():
    for source, order in sources.items():
        start = time.monotonic()
        for i in range(ROUNDS):
            try:
                orders.put(asleep(order) if i % 2 else order)
                for _ in range(i * 20):  # at many places on the way into the wait
                    pass
                wait()
                raise AssertionError(f"{what}: not interrupted by {source}")
            except Stop:
                pass
            except RuntimeError as e:  # within Event.wait, its lock being released already
                assert what == "event" and isinstance(e.__context__, Stop), e
        assert time.monotonic() - start < 30, (what, source)


# a put may end the same wait, whose exception leaves the item to another thread
def take():
    while nothing.get() is not None:
        pass


taker = started(take)


def put_and_interrupt():
    nothing.put(1)
    _thread.interrupt_main()


for i in range(100):
    try:
        orders.put(put_and_interrupt)
        nothing.get()
        time.sleep(60)
        raise AssertionError("not interrupted behind a put")
    except Stop:
        pass
    start = time.monotonic()
    while not nothing.empty():
        assert time.monotonic() - start < 30, "nobody takes the item"
nothing.put(None)
taker.join()


# it sleeps
def watch():
    for _ in range(20):
        before = main_status("voluntary_ctxt_switches:")
        time.sleep(1)
        if main_status("voluntary_ctxt_switches:") == before:
            found.append(True)
            break
    end.release()


found, end = [], threading.Lock()
end.acquire()
orders.put(watch)
end.acquire(timeout=60)
assert found, "the main thread wakes without a cause"
orders.put(None)
sender.join()
event.set()
