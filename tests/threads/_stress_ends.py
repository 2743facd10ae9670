"""More operations of stress.py: what has an end (finalizers, weak references, interpreters) and who
waits for it, buffers and text that grow, event loops, modules from files.  OPS are functions of a
random.Random."""
import array
import asyncio
import collections
import concurrent.futures
import copy
import importlib
import itertools
import os
import pickle
import py_compile
import shutil
import sys
import tempfile
import threading
import time
import types
import weakref

EXPECTED = (asyncio.CancelledError, asyncio.InvalidStateError, asyncio.TimeoutError,
            concurrent.futures.CancelledError,
            concurrent.futures.TimeoutError)


# ---- finalizers and weak references, and statements that let go of what has them ----

class Holder:
    pass


class Slotted:
    __slots__ = ("a", "b")


ended = collections.deque(maxlen=50)
holder, slotted = Holder(), Slotted()
held, held_list, held_line, held_ordered = ({}, [None] * 8, collections.deque([None] * 8),
                                            collections.OrderedDict())
watchers, by_weakness, proxies = [], weakref.WeakValueDictionary(), [None] * 4
GLOBAL = None


class Ends:
    def __init__(self, then=0):
        self.then = then
        self.me = [self] if then == 1 else None

    def __del__(self):
        ended.append(1)
        if self.then == 2:
            ended.append(self)  # lives on
        elif self.then == 3:
            holder.a = None  # lets go of another one
            held.pop("b", None)
        elif self.then == 4:
            [[] for _ in range(300)]

    def method(self):
        return 1


def suspended():
    try:
        yield 1
    finally:
        ended.append(Ends())


def make(r):
    n = r.randrange(12)
    if n < 6:
        x = Ends(n)
    elif n == 6:
        x = suspended()
        next(x)
        return x
    elif n == 7:
        return asleep()
    else:
        x = Ends()
    if n > 6:
        watchers.append(weakref.ref(x, ended.append))
        weakref.finalize(x, ended.append, 2)
        by_weakness[r.randrange(10)] = x
        proxies[r.randrange(4)] = weakref.proxy(x)
        watchers.append(weakref.WeakMethod(x.method, ended.append))
        if len(watchers) > 50:
            del watchers[:30]
    return x


async def asleep():
    await asyncio.sleep(0)


def op_let_go(r):
    """Into a place that all threads know, and out of it."""
    global GLOBAL
    n, x, k = r.randrange(14), make(r), r.randrange(8)
    if type(x) is types.CoroutineType:
        x.close()
    if n == 0:
        setattr(holder, "a", x)
        del holder.a
    elif n == 1:
        holder.b = x
        holder.b = None
    elif n == 2:
        slotted.a = x
        del slotted.a
    elif n == 3:
        held["a"], held["b"] = x, Ends(3)
        del held["a"], x
        held["b"] = None
    elif n == 4:
        held_list[k] = x
        held_list[k] = None
    elif n == 5:
        held_list.append(x)
        del held_list[-1], x
        if len(held_list) > 20:
            del held_list[8:]
    elif n == 6:
        held_line[k] = x
        del x
        held_line[k] = None
    elif n == 7:
        GLOBAL = x
        del x
        GLOBAL = None
    elif n == 8:
        x = x if r.random() < .5 else None
        x = None
    elif n == 9:
        def inner():
            return x
        watchers.append(inner)
        del x
    elif n == 10:
        held_ordered[k] = x
        held_ordered[k] = None
        del held_ordered[k]
    elif n == 11:
        vars(holder)["c"] = x
        del holder.c
    elif n == 12:
        Holder.kept = x
        Holder.kept = None
    else:
        del x
        ended.pop()


def op_look(r):
    """At what others let go of."""
    n = r.randrange(8)
    if n == 0:
        y = r.choice(watchers)()
        assert y is None or type(y) in (Ends, types.GeneratorType, types.MethodType), y
        y = None
    elif n == 1:
        by_weakness.get(r.randrange(10)), len(by_weakness), list(by_weakness.items())
    elif n == 2:
        r.choice(proxies).method()
    elif n == 3:
        holder.a, holder.b, slotted.a
    elif n == 4:
        assert ended.popleft() is not None
    elif n == 5:
        weakref.getweakrefcount(held_list[r.randrange(8)]), weakref.getweakrefs(GLOBAL)
    elif n == 6:
        copy.copy(holder).b, held_list[:], dict(held)
    else:
        next(reversed(ended)).method()


# ---- text and memory ----

grown, text_of, joined = ["start"], ["ab" * 10], [b"start"]
pieces = array.array("B", b"piece" * 20)


def op_grow(r):
    """`s += x` may write behind what others have of s."""
    n, c = r.randrange(8), r.choice(("a", "é", "\u20ac", "\U0001f600", "long" * 30))
    if n < 3:
        before = s = grown[0]
        for _ in range(r.randrange(1, 6)):
            s += c
        assert s.startswith(before) and s.endswith(c) and len(s) > len(before), (before, s)
        assert hash(s) == hash("".join(list(s))) and before == s[:len(before)]
        grown[0] = s if len(s) < 2000 else "start"
    elif n == 3:
        before = b = joined[0]
        b += c.encode()
        assert b.startswith(before) and b.endswith(c.encode())
        joined[0] = b if len(b) < 2000 else b"start"
    elif n == 4:
        s = grown[0]
        assert s.upper().lower() == s.lower() and s.split(c) is not None and s.replace(c, c) == s
        (s.find(c), s.encode(), s.isascii(), s.partition(c), f"{s:>20}", s.translate({97: "b"}),
         s in sys.modules)
    elif n == 5:
        b = joined[0]
        with memoryview(b) as m, m[1:3] as part:
            assert bytes(part) == b[1:3] and m == b and hash(m) == hash(b), b
        (b.hex(), b.find(b"a"), b.split(b"a"), b.translate(None, b"a"), bytes(bytearray(b)),
         b"".join([b, pieces]))
    elif n == 6:
        with memoryview(pieces) as m:
            m[r.randrange(90)] = r.randrange(256)
            assert len(m.tobytes()) == 100 and m.cast("b").itemsize == 1
    else:
        assert sys.intern(grown[0] + c) == grown[0] + c or True


# ---- struct sequences, tuples with names ----

moments = [time.gmtime(0)]
Point = collections.namedtuple("Point", "x y")


def op_records(r):
    n, m = r.randrange(6), r.choice(moments)
    if n == 0:
        moments.append(time.gmtime(r.randrange(1 << 30)))
        del moments[10:]
    elif n == 1:
        assert m[0] == m.tm_year and len(m) == 9 and m == tuple(m) and hash(m) == hash(tuple(m)), m
        m.tm_zone, m.tm_gmtoff, repr(m), time.strftime("%Y", m)
    elif n == 2:
        assert pickle.loads(pickle.dumps(m)) == m and copy.copy(m) == m
    elif n == 3:
        s = os.stat(folder)
        s.st_mtime, s.st_mtime_ns, s[8], type(s)(tuple(s))
    elif n == 4:
        time.struct_time(range(r.randrange(7, 13))).tm_zone
    else:
        p = Point(m, r.random())
        assert (p._replace(x=1).y == p.y and p._asdict()["x"] is m and sys.version_info >= (3, 11)
                and sys.flags.optimize < 3)


# ---- event loops: one that all threads ask, one of each thread's own ----

loop, pool = asyncio.new_event_loop(), concurrent.futures.ThreadPoolExecutor(2)
loop_thread = threading.Thread(target=loop.run_forever, daemon=True)
results = collections.deque(maxlen=20)
guard = asyncio.Lock()


async def ask(n):
    async with guard:
        results.append(n)
    line = asyncio.Queue(2)
    await line.put(n)
    tasks = [asyncio.ensure_future(asyncio.sleep(0, k)) for k in range(n % 4)]
    return await line.get() + sum(await asyncio.gather(*tasks))


async def own(n):
    event, total = asyncio.Event(), 0

    async def numbers():
        for k in range(n):
            yield k
            await asyncio.sleep(0)

    async def wait():
        await event.wait()
        return n

    task = asyncio.ensure_future(wait())
    async for k in numbers():
        total += k
    event.set()
    return total + await task


def op_loop(r):
    n, k = r.randrange(7), r.randrange(8)
    if r.random() > .2:
        return
    if n < 2:
        future = asyncio.run_coroutine_threadsafe(ask(k), loop)
        assert future.result(100) == k + sum(range(k % 4))
    elif n == 2:
        loop.call_soon_threadsafe(results.append, k)
    elif n == 3:
        asyncio.run_coroutine_threadsafe(asyncio.sleep(.01), loop).cancel()
    elif n == 4:
        assert asyncio.run(own(k)) == sum(range(k)) + k
    elif n == 5:
        futures = [pool.submit(sum, range(k)) for _ in range(3)]
        assert [f.result(100) for f in futures] == [sum(range(k))] * 3
        futures[0].add_done_callback(results.append)
    else:
        pool.submit(divmod, 1, 0).exception(100)


# ---- modules from files ----

folder = tempfile.mkdtemp()
sys.path.append(folder)


def write(k, value):
    name = os.path.join(folder, f"stress_file_{k}")
    temporary = f"{name}.{threading.get_ident()}"
    with open(temporary, "w") as f:
        f.write(f"import stress_file_{(k + 1) % 4} as other\nvalue = {value}\nclass C:\n    def "
                f"f(self):\n        return value\n")
    os.replace(temporary, name + ".py")


for number in range(4):
    write(number, number)
importlib.invalidate_caches()


def op_files(r):
    if r.random() > .1:
        return
    n, k = r.randrange(8), r.randrange(4)
    name = f"stress_file_{k}"
    source = os.path.join(folder, name + ".py")
    if n < 2:
        m = importlib.import_module(name)
        assert m.C().f() == m.value
    elif n == 2:
        sys.modules.pop(name, None)
    elif n == 3:
        importlib.reload(sys.modules[name])
    elif n == 4:
        write(k, r.randrange(100))
    elif n == 5:
        py_compile.compile(source, cfile=os.path.join(folder,
                                                      f"stress_bare_{threading.get_ident()}.pyc"), doraise=True)
        importlib.invalidate_caches()
        bare = importlib.import_module(f"stress_bare_{threading.get_ident()}")
        assert bare.C().f() == bare.value
        del sys.modules[bare.__name__]
    elif n == 6:
        os.unlink(importlib.util.cache_from_source(source))
    else:
        importlib.invalidate_caches()
        exec(f"from {name} import C, value, other")


# ---- isolated interpreters ----

def op_interpreter(r):
    n = r.randrange(8)
    if r.random() > (.005 if n == 0 else .05):
        return
    interp = r.choice(interps)
    if n == 0:
        fresh = interpreters.create()
        fresh.exec("x = [1]\nclass C:\n    pass\nC.me = C()")
        fresh.close()
    elif n == 1:
        assert interp.call(divmod, 7, 2) == (3, 1)
    elif n == 2:
        crossing.put(("text", r.randrange(9), b"bytes"))
    elif n == 3:
        crossing.get_nowait()
    elif n == 4:
        interp.prepare_main(given=grown[0][:20], number=r.randrange(9))
    elif n == 5:
        interp.exec("import json\nassert json.loads(json.dumps([1, None])) == [1, None]\nmade = "
                    "[object() for _ in range(50)]")
    elif n == 6:
        interp.exec("raise ValueError('expected')")
    else:
        interp.is_running(), len(interpreters.list_all()), crossing.qsize()


OPS = [op_let_go, op_look, op_grow, op_records, op_loop, op_files]
interps = []
if sys.implementation.name == "typhon":
    from typhon import interpreters

    OPS.append(op_interpreter)
    crossing = interpreters.create_queue()
    EXPECTED += (interpreters.InterpreterError, interpreters.ExecutionFailed)
    interps += [interpreters.create() for _ in range(3)]


def start():
    loop_thread.start()


def clean():
    loop.call_soon_threadsafe(loop.stop)
    loop_thread.join(60)
    loop.close()
    pool.shutdown()
    for interp in interps:
        interp.close()
    shutil.rmtree(folder)
