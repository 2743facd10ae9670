"""threading.local: each thread has its own attributes; subclasses are initialised per thread;
contextvars."""
import contextvars
import gc
import threading
import weakref

from _util import THREADS, run

own = threading.local()
own.x = "main"


def use(k):
    assert not hasattr(own, "x")
    for i in range(2000):
        own.x = (k, i)
        assert own.x == (k, i)
    own.__dict__["y"] = k
    assert own.y == k and vars(own) == {"x": (k, 1999), "y": k}
    del own.x
    assert not hasattr(own, "x")


run(use, each=THREADS)
assert own.x == "main" and not hasattr(own, "y")


counting = threading.Lock()


class Counted(threading.local):
    made = 0

    def __init__(self, start):
        with counting:
            Counted.made += 1
        self.n = start


c = Counted(10)


def count(k):
    assert c.n == 10
    for _ in range(500):
        c.n += k
    return c.n


assert run(count, each=THREADS) == [10 + 500 * k for k in range(THREADS)] and c.n == 10
assert Counted.made == THREADS + 1


class Big:
    pass


refs = []


def leave(k):
    own.big = Big()
    refs.append(weakref.ref(own.big))


run(leave, each=THREADS)
gc.collect()
gc.collect()
alive = sum(r() is not None for r in refs)
assert alive <= 1, f"{alive} values of ended threads live on"



class Equal(threading.local):
    """A class of its own equality has no say in which object's attributes are meant."""

    def __eq__(self, other):
        return True

    __hash__ = None


a, b = Equal(), Equal()


def equal(k):
    a.x, b.x = k, -k
    assert (a.x, b.x) == (k, -k)


run(equal, each=THREADS)
assert not vars(a) and not vars(b)

var = contextvars.ContextVar("var", default=0)


def context(k):
    assert var.get() == 0
    var.set(k)
    copied = contextvars.copy_context()
    for i in range(1000):
        token = var.set(i)
        assert var.get() == i and copied[var] == k
        var.reset(token)
    assert copied.run(lambda: var.get()) == k == var.get()


run(context, each=THREADS)
assert var.get() == 0
