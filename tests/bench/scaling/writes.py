"""Cases of shared writes: the threads change the same object."""
import collections
import itertools
import queue
import threading

from _case import case

table = {}
numbered = itertools.count()


@case(18_000_000, own=lambda: next(numbered) * 1000)
def distinct_keys_of_one_dict(first, n):
    for i in range(n):
        table[first + i % 1000] = i
    return n


items = []


@case(6_000_000)
def append_to_one_list(n):
    for i in range(n):
        items.append(i)
    return n


line = collections.deque()


@case(9_600_000)
def one_deque_as_a_queue(n):
    for i in range(n):
        line.append(i)
        line.popleft()
    return n


tasks = queue.SimpleQueue()


@case(8_000_000)
def one_simple_queue(n):
    for i in range(n):
        tasks.put(i)
        tasks.get()
    return n


class Box:
    pass


box = Box()
box.a = box.b = 0


@case(16_000_000)
def attributes_of_one_object(n):
    b = box
    for i in range(n):
        b.a = i
        b.b = i
    return n


lock = threading.Lock()
counter = 0


@case(2_000_000)
def one_counter_under_a_lock(n):
    global counter
    for _ in range(n):
        with lock:
            counter += 1
    return n


members = set()


@case(4_000_000)
def one_set(n):
    for i in range(n):
        members.add(i & 1023)
        members.discard(i + 1 & 1023)
    return n


made = [({}, [], set()) for _ in range(64)]
theirs = iter(made)


@case(4_800_000, own=lambda: next(theirs))
def own_containers_made_elsewhere(own, n):
    d, a, s = own
    for i in range(n):
        d[i & 1023] = i
        a.append(i)
        if len(a) > 500:
            a.clear()
        s.add(i & 255)
    return len(d) + len(a) + len(s)
