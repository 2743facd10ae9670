"""Weak dictionaries and sets under load: they hold what lives, lose what died, and values that
refer to their keys keep nothing alive."""
import gc
import random
import threading
import weakref


class Key:
    def __init__(self, n):
        self.n = n


def collect():
    for _ in range(3):
        gc.collect()


def deeper(f, *args):
    def level(n):
        return f(*args) if n == 0 else level(n - 1)
    return level(10)


N = 2000
rnd = random.Random(1)
keep = [Key(i) for i in range(N)]


def fill(table):
    for k in keep:
        table[k] = k.n
    for i in range(N):
        table[Key(-i)] = i


table = weakref.WeakKeyDictionary()
deeper(fill, table)
collect()
assert len(table) == N and all(table[k] == k.n for k in keep)
for k in keep[: N // 2]:
    del table[k]
del k, keep[: N // 2]
collect()
assert len(table) == N // 2 == sum(1 for _ in table)

values = weakref.WeakValueDictionary()


def fill_values():
    for k in keep:
        values[k.n] = k
    for i in range(N):
        values[-i - 1] = Key(i)


deeper(fill_values)
collect()
assert set(values) == {k.n for k in keep}

members = weakref.WeakSet()
deeper(lambda: members.update([Key(i) for i in range(N)] + keep))
collect()
assert len(members) == len(keep) and all(k in members for k in keep)

# the owner of a table dies with it
class Owner:
    def __init__(self):
        self.table = weakref.WeakKeyDictionary({self: 1})
        self.set = weakref.WeakSet([self])


ref = deeper(lambda: weakref.ref(Owner()))
collect()
assert ref() is None

# iteration while entries die
for _ in range(20):
    some = [Key(i) for i in range(200)]
    table = weakref.WeakKeyDictionary((k, k.n) for k in some)
    seen = 0
    for k in table:
        seen += 1
        if some:
            some.pop()
        if seen % 50 == 0:
            gc.collect()
    assert 0 < seen <= 200
    del k, some

# several threads fill tables of their own and one that they share, while another collects
shared = weakref.WeakValueDictionary()
stop = threading.Event()
errors = []


def work(number):
    try:
        r = random.Random(number)
        live = {}
        own = weakref.WeakKeyDictionary()
        for i in range(4000):
            k = Key((number, r.randrange(300)))
            live[k.n] = k
            own[k] = i
            shared[k.n] = k
            assert shared[k.n] is k and own[k] == i
            if len(live) > 100:
                del live[next(iter(live))]
            del k
    except BaseException as e:
        errors.append(e)


def collector():
    while not stop.is_set():
        gc.collect()


threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
helper = threading.Thread(target=collector)
helper.start()
for t in threads:
    t.start()
for t in threads:
    t.join()
stop.set()
helper.join()
assert not errors, errors
del threads, t
collect()
assert len(shared) == 0, len(shared)
