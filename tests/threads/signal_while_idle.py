"""A signal that comes while a wait of the main thread is used for a collection ends that wait,
too."""
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

seconds = 0.06  # a wait that has lasted 0.05 s collects when much was allocated before
heap = [[i] for i in range(600000)]  # what makes that take a while


class Stop(Exception):
    pass


def raise_stop(n, frame):
    raise Stop


# another process sends, whose clock goes on while this one is collecting
code = "import os, sys, time\nfor line in sys.stdin: time.sleep(%r); os.kill(%d, %d)" % (
    seconds, os.getpid(), signal.SIGUSR1)
sender = subprocess.Popen([sys.executable, "-S", "-c", code], stdin=subprocess.PIPE)
signal.signal(signal.SIGUSR1, raise_stop)
lock = threading.Lock()
lock.acquire()
a, b = socket.socketpair()
a.settimeout(60)
poll = select.poll()
poll.register(a, select.POLLIN)
waits = {
    "lock": lambda: lock.acquire(timeout=60),
    "sleep": lambda: time.sleep(60),
    "select": lambda: select.select([a], [], [], 60),
    "poll": lambda: poll.poll(60000),
    "socket": lambda: a.recv(1),
}
for name, wait in waits.items():
    for _ in range(3):
        fresh = [[i] for i in range(200000)]
        start = time.monotonic()
        try:
            sender.stdin.write(b"\n")
            sender.stdin.flush()
            wait()
            raise AssertionError(name + " was not interrupted")
        except Stop:
            assert time.monotonic() - start < 30, name
sender.stdin.close()
sender.wait()
