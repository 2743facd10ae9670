"""Random operations of 8 threads on shared objects: types are changed, globals rebound, classes and
modules made and dropped, exceptions, generators and weak references cross threads, and the
collector runs.  stress.py [SECONDS] [SEED]."""
import collections
import copy
import functools
import gc
import itertools
import json
import random
import re
import sys
import threading
import time
import types
import weakref

import _stress_ends as ends
import _stress_more as more

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 2
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
THREADS = 8
EXPECTED = (AttributeError, KeyError, IndexError, RuntimeError, ValueError, TypeError,
            StopIteration, NameError, ImportError,
            ReferenceError, UnboundLocalError, ZeroDivisionError, BufferError, *more.EXPECTED,
            *ends.EXPECTED)


class Shared:
    __slots__ = ("a", "b", "__dict__", "__weakref__")
    count = 0

    def __init__(self):
        self.a = 1
        self.x = [1]

    def method(self):
        return self.a

    @property
    def prop(self):
        return self.b


class Other(Shared):
    def method(self):
        return super().method()

    def __getattr__(self, name):
        if name.startswith("g"):
            return name
        raise AttributeError(name)


class Meta(type):
    def __call__(cls, *args):
        return super().__call__(*args)


class Dying:
    def __init__(self, sink):
        self.sink = sink

    def __del__(self):
        self.sink.append(1)
        if len(self.sink) > 1000:
            self.sink.clear()


def gen(n):
    try:
        for i in range(n):
            yield i, [i]
    finally:
        str(n)


shared_list, shared_dict, shared_set = [], {}, set()
shared_deque = collections.deque(maxlen=200)
objects = [Shared() for _ in range(8)] + [Other() for _ in range(8)]
weak_values, weak_keys = weakref.WeakValueDictionary(), weakref.WeakKeyDictionary()
ordered, counter, default = (collections.OrderedDict(), collections.Counter(),
                             collections.defaultdict(list))
counting, buffer, local = itertools.count(), bytearray(b"x" * 100), threading.local()
module = types.ModuleType("stress_module")
sys.modules["stress_module"] = module
GLOBAL = 0
generators = [gen(100)]
refs = []
cached = functools.lru_cache(50)(lambda x: [x])


def op_list(r):
    n = r.randrange(10)
    x = shared_list
    if n < 3:
        x.append(r.random())
    elif n == 3:
        x.pop()
    elif n == 4:
        x[r.randrange(10)] = [x[:3]]
    elif n == 5:
        del x[r.randrange(5):r.randrange(20)]
    elif n == 6:
        x.sort(key=id)
    elif n == 7:
        x.extend(x[:5])
    elif n == 8:
        sum(1 for _ in x)
    else:
        x.insert(r.randrange(5), r.randrange(5))
    if len(x) > 300:
        x.clear()


def op_dict(r):
    n, d, k = r.randrange(10), shared_dict, r.choice(["a", "b", 1, 2.5, (1, 2), r.randrange(100)])
    if n < 3:
        d[k] = [k]
    elif n == 3:
        del d[k]
    elif n == 4:
        d.setdefault(k, {}).__class__
    elif n == 5:
        for key in list(d):
            d.get(key)
    elif n == 6:
        d.popitem()
    elif n == 7:
        d.update({k: d.copy() if len(d) < 20 else 1})
    elif n == 8:
        [v for v in d.values()]
    else:
        d | {1: 2}
    if len(d) > 80:
        d.clear()


def op_set(r):
    n = r.randrange(5)
    if n < 2:
        shared_set.add(r.randrange(50))
    elif n == 2:
        shared_set.discard(r.randrange(50))
    elif n == 3:
        sorted(shared_set)
    else:
        shared_set.update({1, 2} & shared_set)


def op_tables(r):
    n = r.randrange(8)
    if n == 0:
        ordered[r.randrange(30)] = 1
    elif n == 1:
        ordered.popitem(last=r.random() < .5)
    elif n == 2:
        ordered.move_to_end(r.randrange(30))
    elif n == 3:
        counter.update("abcab")
    elif n == 4:
        default[r.randrange(20)].append(1)
    elif n == 5:
        shared_deque.appendleft(next(counting))
    elif n == 6:
        shared_deque.rotate(3)
    else:
        cached(r.randrange(100)).append(1)


def op_object(r):
    o, n = r.choice(objects), r.randrange(12)
    if n < 2:
        setattr(o, r.choice("abcdefgh"), r.randrange(10))
    elif n == 2:
        delattr(o, r.choice("abcdefgh"))
    elif n == 3:
        o.method(), o.prop
    elif n == 4:
        o.__class__ = r.choice((Shared, Other))
    elif n == 5:
        o.__dict__ = {"x": [1], "y": 2}
    elif n == 6:
        o.__dict__[r.choice("xyz")] = r.random()
    elif n == 7:
        vars(o).copy(), dir(o)
    elif n == 8:
        objects[r.randrange(len(objects))] = copy.copy(o)
    elif n == 9:
        getattr(o, "g" + str(r.randrange(5)))
    elif n == 10:
        o.x.append(1)
        if len(o.x) > 50:
            o.x = []
    else:
        isinstance(o, Other), type(o).__mro__


def op_class(r):
    n = r.randrange(8)
    if n == 0:
        Shared.method = r.choice([lambda self: 1, lambda self: self.a, Other.__dict__["method"]])
    elif n == 1:
        setattr(Shared, "attr%d" % r.randrange(5), r.randrange(5))
    elif n == 2:
        delattr(Shared, "attr%d" % r.randrange(5))
    elif n == 3:
        C = Meta("C", (r.choice((Shared, Other)),), {"__slots__": ("s1",),
                                                     "f": lambda self: self.s1})
        c = C()
        c.s1 = 5
        assert c.f() == 5
        refs.append(weakref.ref(C))
    elif n == 4:
        Other.__bases__ = r.choice([(Shared,), (type("Mid", (Shared,), {}),)])
    elif n == 5:
        Shared.__subclasses__()
    elif n == 6:
        Shared.__repr__ = r.choice([object.__repr__, lambda self: "shared"])
        repr(r.choice(objects))
    else:
        Shared.count += 1


def op_globals(r):
    global GLOBAL
    n = r.randrange(8)
    if n == 0:
        GLOBAL = r.randrange(10)
    elif n == 1:
        globals()["G%d" % r.randrange(20)] = [GLOBAL]
    elif n == 2:
        globals().pop("G%d" % r.randrange(20), None)
    elif n == 3:
        setattr(module, "m%d" % r.randrange(10), GLOBAL)
    elif n == 4:
        import stress_module
        stress_module.m1
    elif n == 5:
        m = types.ModuleType("dropped")
        exec("x = 1\ndef f(y): return x + y\nz = f(2)", m.__dict__)
        assert m.z == 3
    elif n == 6:
        eval(r.choice(["GLOBAL + 1", "len(shared_list)", "[i for i in range(3)]", "Shared.count"]))
    else:
        local.value = getattr(local, "value", 0) + 1


def op_flow(r):
    n = r.randrange(8)
    if n == 0:
        generators.append(gen(r.randrange(20)))
    elif n == 1:
        next(r.choice(generators))
    elif n == 2:
        r.choice(generators).close()
        del generators[5:]
    elif n == 3:
        try:
            raise KeyError(r.random()) from ValueError(1)
        except KeyError as e:
            shared_list.append(e)
            e.__traceback__.tb_frame.f_locals
    elif n == 4:
        list(zip(gen(3), map(str, range(3))))
    elif n == 5:
        sys._current_frames()
    elif n == 6:
        def deep(k):
            return deep(k - 1) if k else gc.get_count()
        deep(r.randrange(100))
    else:
        r.choice(generators).throw(ValueError)


def op_text(r):
    n = r.randrange(6)
    if n == 0:
        json.loads(json.dumps({"a": [1, 2.5, None, "x" * r.randrange(10)]}))
    elif n == 1:
        re.compile("a{%d}b" % r.randrange(50)).match("aab")
    elif n == 2:
        buffer[r.randrange(100)] = 65
        buffer.extend(b"ab")
        if len(buffer) > 200:
            del buffer[100:]
    elif n == 3:
        bytes(memoryview(buffer)[:10])
    elif n == 4:
        "-".join(map(str, list(shared_list)[:20]))
    else:
        sys.intern("stress%d" % r.randrange(100))


def op_weak(r):
    n = r.randrange(9)
    o = r.choice(objects)
    if n == 0:
        weak_values[r.randrange(20)] = o
    elif n == 1:
        weak_keys[Shared()] = [o]
    elif n == 2:
        weak_values.get(r.randrange(20))
    elif n == 3:
        refs.append(weakref.ref(Shared(), refs.append))
        del refs[100:]
    elif n == 4:
        r.choice(refs)()
    elif n == 5:
        x = Dying(default["dead"])
        x.cycle = x
    elif n == 6:
        weakref.proxy(o).a
    elif n == 7:
        objects[r.randrange(len(objects))] = Shared()
    elif r.random() < .05:
        gc.collect()
    else:
        len(weak_values), len(weak_keys)


OPS = [op_list, op_dict, op_set, op_tables, op_object, op_class, op_globals, op_flow, op_text,
       op_weak, *more.OPS, *ends.OPS]


def worker(number):
    r = random.Random(SEED + number)
    count = 0
    while count == 0 or (time.monotonic() < end and not errors):
        op = r.choice(OPS)
        try:
            op(r)
        except EXPECTED:
            pass
        except BaseException as e:
            errors.append((op.__name__, type(e), e))
            raise
        count += 1
    counts.append(count)


errors, counts = [], []
ends.start()
end = time.monotonic() + SECONDS
old = sys.getswitchinterval()
sys.setswitchinterval(1e-5)
threads = [threading.Thread(target=worker, args=(n,), daemon=True) for n in range(THREADS)]
for t in threads:
    t.start()
for t in threads:
    t.join(SECONDS + 120)
    assert not t.is_alive(), ("hangs", SEED)
sys.setswitchinterval(old)
assert not errors, (SEED, errors)
assert len(counts) == THREADS and min(counts) > 0
gc.collect()
more.clean()
ends.clean()
if len(sys.argv) > 1:
    print(sum(counts), "operations, seed", SEED)
