"""Writes to containers of a thread's own, that another thread has made."""
import threading

from _harness import main

N = 1_800_000
OWN = [({}, [], set()) for _ in range(64)]
taken = iter(range(64))
lock = threading.Lock()


def work(n):
    with lock:
        d, a, s = OWN[next(taken)]
    for i in range(n):
        d[i & 1023] = i
        a.append(i)
        if len(a) > 500:
            a.clear()
        s.add(i & 255)
    return len(d) + len(a) + len(s)


main(work, N)
