"""More operations of stress.py: objects of the library's types that all threads use.  OPS are
functions of a random.Random."""
import abc
import array
import ast
import asyncio
import bisect
import collections
import contextvars
import copy
import csv
import datetime
import decimal
import enum
import fractions
import functools
import gc
import hashlib
import heapq
import io
import itertools
import marshal
import operator
import os
import pickle
import queue
import random
import re
import struct
import sys
import tempfile
import threading
import types
import typing
import warnings
import weakref
import xml.etree.ElementTree as ElementTree
import zlib

EXPECTED = (OSError, EOFError, LookupError, struct.error, pickle.PickleError,
            decimal.DecimalException, csv.Error, zlib.error,
            queue.Empty, queue.Full, StopAsyncIteration, ExceptionGroup, SyntaxError, SystemError,
            ElementTree.ParseError, Warning)
TEXT = "some words, 12 numbers and 7.5 others: a=1; b=22; " * 4


# ---- iterators ----

numbers, names, members = [1, 2, 3] * 5, {f"k{i}": i for i in range(10)}, set(range(10))
line = collections.deque(range(20), maxlen=40)


def letters():
    try:
        for c in TEXT:
            got = yield c
            if got:
                yield got * 2
    finally:
        len(TEXT)


MAKERS = [
    lambda: iter(numbers), lambda: reversed(numbers), lambda: iter(names),
    lambda: iter(names.items()), lambda: reversed(names),
    lambda: iter(members), lambda: iter(line), lambda: reversed(line), lambda: iter(range(30)),
    lambda: iter(TEXT),
    lambda: iter(b"bytes" * 4), lambda: iter(buffer), lambda: iter(words),
    lambda: enumerate(numbers), lambda: zip(numbers, TEXT),
    lambda: map(str, numbers), lambda: filter(None, numbers),
    lambda: itertools.chain(numbers, names),
    lambda: itertools.chain.from_iterable([numbers, TEXT]), lambda: itertools.cycle(numbers),
    lambda: itertools.islice(TEXT, 20),
    lambda: itertools.accumulate(numbers), lambda: itertools.product(numbers, repeat=2),
    lambda: itertools.permutations("abcd"),
    lambda: itertools.combinations(range(6), 3),
    lambda: itertools.combinations_with_replacement("abc", 2),
    lambda: itertools.groupby(numbers), lambda: itertools.tee(numbers)[0],
    lambda: itertools.zip_longest(numbers, TEXT),
    lambda: itertools.starmap(max, zip(numbers, numbers)),
    lambda: itertools.takewhile(bool, numbers), letters,
    lambda: itertools.dropwhile(bool, numbers), lambda: itertools.compress(TEXT, numbers),
    lambda: itertools.pairwise(TEXT),
    lambda: itertools.count(1, 2), lambda: itertools.repeat("x", 40),
    lambda: iter(lambda: len(numbers), 3), lambda: os.scandir("."),
    lambda: re.finditer(r"\w+", TEXT), lambda: iter(io.StringIO("a\nb\n" * 9)),
    lambda: struct.iter_unpack("<h", b"ab" * 9),
    lambda: csv.reader(["a,b", "c,d"] * 9), lambda: iter(types.MappingProxyType(names)),
    lambda: iter(memoryview(b"view")),
    lambda: iter(collections.OrderedDict(names)), lambda: itertools.filterfalse(None, numbers),
    lambda: iter(tree),
    lambda: tree.iter("b"), lambda: iter(collections.ChainMap(names)),
]


def op_iterator(r):
    n, k = r.randrange(10), r.randrange(len(iterators))
    it = iterators[k]
    if n < 5:
        next(it)
    elif n == 5:
        iterators[k] = MAKERS[k]()
    elif n == 6:
        operator.length_hint(it)
    elif n == 7:
        list(itertools.islice(it, 30))
    elif n == 8:
        copy.copy(it)
    else:
        it.__reduce__(), repr(it)


def op_under_iterators(r):
    n = r.randrange(8)
    if n == 0:
        numbers.append(r.randrange(5))
    elif n == 1:
        numbers.pop(r.randrange(9))
    elif n == 2:
        names[f"k{r.randrange(20)}"] = 1
    elif n == 3:
        del names[f"k{r.randrange(20)}"]
    elif n == 4:
        members.__ixor__({1, 2, r.randrange(20)})
    elif n == 5:
        line.append(1), line.rotate(r.randrange(-3, 4))
    elif n == 6:
        del line[r.randrange(5)]
    else:
        numbers.sort(key=lambda x: numbers.append(x) if r.random() < .05 else x)
    if len(numbers) > 60:
        numbers[:] = [1, 2, 3]


# ---- memory ----

buffer, words = bytearray(TEXT.encode()), array.array("h", range(40))
views = [memoryview(buffer), memoryview(words), memoryview(b"constant")]


RESIZING = (0, 1, 7, 8, 11, 12)


def op_buffer(r):
    n = r.randrange(14)
    view = r.choice(views)
    # otherwise a BufferError, mostly, and a collection before it
    if n in RESIZING and r.random() < .9:
        for v in views:
            v.release()
    if n == 0:
        buffer.extend(b"more")
    elif n == 1:
        buffer[r.randrange(20):r.randrange(40)] = b"slice" * r.randrange(4)
    elif n == 2:
        r.choice(views).release()
    elif n == 3:
        views[r.randrange(3)] = memoryview(r.choice((buffer, words)))
    elif n == 4:
        with view[1:] as part, part.cast("B") as cast:
            views[r.randrange(3)] = cast[::2]
    elif n == 5:
        view[r.randrange(8)] = r.randrange(100)
    elif n == 6:
        bytes(view), view.tolist(), view == buffer
    elif n == 7:
        words.append(r.randrange(1000)), words.pop(0)
    elif n == 8:
        words.frombytes(b"abcd"), words.byteswap()
    elif n == 9:
        (buffer.find(b"or"), buffer.replace(b"a", b"bb"), buffer.split(), buffer.decode("latin-1"),
         hash(bytes(buffer)))
    elif n == 10:
        struct.pack_into("<hh", buffer, 4, 1, 2), struct.unpack_from("<h", buffer, 2)
    elif n == 11:
        words[:] = array.array("h", range(r.randrange(40)))
    elif n == 12:
        buffer.clear() if r.random() < .1 else buffer.pop()
    else:
        with memoryview(buffer) as m:
            zlib.crc32(m), io.BytesIO(m).read(5)
    if len(buffer) > 500:
        del buffer[50:]


folder = tempfile.mkdtemp()
path = os.path.join(folder, "file")
files = []


def new_file(r):
    n = r.randrange(5)
    return (io.BytesIO(b"a line\n" * 9) if n == 0 else io.StringIO("a line\n" * 9) if n == 1 else
            open(path, "w+b") if n == 2 else open(path, "w+") if n == 3
            else io.TextIOWrapper(io.BytesIO(b"text\n" * 9)))


def op_file(r):
    n, k = r.randrange(12), r.randrange(5)
    while len(files) < 5:
        files.append(new_file(r))
    f = files[k]
    if n < 3:
        f.write(r.choice(("text\n", b"bytes\n")))
    elif n < 5:
        f.read(r.randrange(20))
    elif n == 5:
        f.readline(), f.readlines(30)
    elif n == 6:
        f.seek(r.randrange(30)), f.tell()
    elif n == 7:
        f.truncate(r.randrange(50))
    elif n == 8:
        f.flush(), f.getvalue()
    elif n == 9:
        for _ in itertools.islice(f, 5):
            pass
    elif n == 10:
        f.readinto(bytearray(9)), f.getbuffer()[0]
    elif r.random() < .3:
        f.close()
        files[k] = new_file(r)


# ---- text ----

scanners = [None]
pattern = re.compile(r"(?P<word>[a-z]+)|(\d+)")


def op_text(r):
    n = r.randrange(14)
    if n == 0 or scanners[0] is None:
        scanners[0] = pattern.scanner(TEXT)
    elif n < 3:
        m = scanners[0].search()
        m.group(), m.span(), m.groupdict(), m.expand(r"\1"), m.lastgroup
    elif n == 3:
        pattern.sub(lambda m: m.group().upper(), TEXT, count=5), re.purge() if r.random() < .02 else None
    elif n == 4:
        pickle.loads(pickle.dumps([numbers, names, line, TEXT], r.randrange(6)))
    elif n == 5:
        repr(names), str(numbers), "%s" % (members,), f"{line!r:>20}"
    elif n == 6:
        ",".join(numbers) if r.random() < .5 else ",".join(map(str, numbers))
    elif n == 7:
        marshal.loads(marshal.dumps([numbers, names]))
    elif n == 8:
        copy.deepcopy([numbers, names, [TEXT]])
    elif n == 9:
        digest.update(b"x"), digest.hexdigest(), digest.copy()
    elif n == 10:
        packer.compress(b"abc" * 30), packer.flush(zlib.Z_SYNC_FLUSH), packer.copy()
    elif n == 11:
        zlib.decompress(zlib.compress(TEXT.encode()))
    elif n == 12:
        table.writerow([1, "a", r.random()])
        if rows.tell() > 5000:
            rows.seek(0), rows.truncate()
    else:
        node = r.choice(list(ast.walk(program)))
        ast.dump(node), compile(program, "x", "exec"), setattr(node, "lineno", 1)


digest, packer, rows, program = (hashlib.sha256(), zlib.compressobj(), io.StringIO(),
                                 ast.parse("a = [b + 1 for b in c]\nd(a)"))
table = csv.writer(rows)


# ---- functions and classes ----

def shared(a, b=2, *rest, c=3, **more):
    return a, b, c


def shared_too(a, b=5, *, c=4):
    total = [x for x in (a, b, c)]
    return sum(total)


def closed(x):
    def inner():
        return x

    return inner


cell = closed(1)
codes = [shared.__code__, shared_too.__code__, (lambda *a, **k: len(a)).__code__]


def op_function(r):
    n = r.randrange(12)
    if n == 0:
        shared.__code__ = r.choice(codes)
    elif n == 1:
        shared.__defaults__ = r.choice((None, (1,), (1, 2), (1, 2, 3)))
    elif n == 2:
        shared.__kwdefaults__ = r.choice((None, {"c": 1}, {"c": 1, "d": 2}))
    elif n == 3:
        shared.mark = r.random(), shared.__dict__, shared.__name__
        shared.__name__ = shared.__qualname__ = "shared%d" % r.randrange(3)
    elif n < 7:
        shared(1), shared(1, c=5), shared(*numbers[:2], **{"c": 3})
    elif n == 7:
        cell.__closure__[0].cell_contents = r.randrange(5)
    elif n == 8:
        del cell.__closure__[0].cell_contents
    elif n == 9:
        cell()
    elif n == 10:
        partial(1), partial.__setstate__((shared, (r.randrange(3),), {"c": 1}, {}))
    else:
        (remembered(r.randrange(40)), remembered.cache_info(),
         remembered.cache_clear() if r.random() < .05 else None)


partial = functools.partial(shared, c=9)
remembered = functools.lru_cache(maxsize=16)(lambda x: [x])
unbounded = functools.lru_cache(maxsize=None)(lambda x: [x])


class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        return collections.OrderedDict()

    def __instancecheck__(cls, o):
        return type(o).__name__ == "Slots"

    def __getattr__(cls, name):
        if name == "missing":
            return 1
        raise AttributeError(name)


class Slots(metaclass=Meta):
    __slots__ = ("a", "b", "__weakref__")
    kind = 1

    def __init_subclass__(cls, **kw):
        cls.made = 1

    def __eq__(self, other):
        return self is other

    __hash__ = object.__hash__


class Twin(metaclass=Meta):
    __slots__ = ("a", "b", "__weakref__")


class Data:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, o, owner):
        return self.name

    def __set__(self, o, v):
        self.last = v


class Plain:
    @functools.cached_property
    def late(self):
        return [1]

    x = 0
    data = Data()

    def __len__(self):
        return 3

    def __add__(self, other):
        return 1


class Base(abc.ABC):
    @abc.abstractmethod
    def f(self):
        """Nothing."""


slotted, plain, strange = ([Slots() for _ in range(6)], [Plain() for _ in range(6)],
                           types.ModuleType("strange"))


def change_operators(r):
    k = r.randrange(6)
    if k == 0:
        Plain.__len__ = r.choice((lambda self: 3, lambda self: 4))
    elif k == 1:
        Plain.__getattr__ = lambda self, name: name
    elif k == 2:
        del Plain.__getattr__
    elif k == 3:
        Plain.__eq__ = r.choice((object.__eq__, lambda self, other: True))
        Plain.__hash__ = object.__hash__
    elif k == 4:
        Plain.__iter__, Plain.__call__ = (lambda self: iter("ab")), lambda self, *a: a
    else:
        Plain.__setattr__ = r.choice((object.__setattr__, lambda self, n,
                                      v: object.__setattr__(self, n, v)))


def op_class(r):
    n, o, s = r.randrange(20), r.choice(plain), r.choice(slotted)
    if n == 0:
        Plain.x = r.choice((1, property(lambda self: 2), Data(),
                            property(lambda self: 3, lambda self, v: None)))
    elif n == 1:
        o.x = 5
    elif n == 2:
        o.x, o.late, o.data, o.y, len(o), list(o), o(1), o + 1
    elif n == 3:
        s.a = [r.random()]
    elif n == 4:
        del s.a
    elif n == 5:
        s.a, s.kind, s.b
    elif n == 6:
        s.__class__ = r.choice((Slots, Twin))
    elif n == 7:
        change_operators(r)
    elif n == 8:
        isinstance(s, Twin), issubclass(Twin, Slots), Slots.missing
    elif n == 9:
        Meta.extra = property(lambda cls: r.random())
        Slots.extra
    elif n == 10:
        class Sub(Slots):
            __slots__ = ("c",)
        x = Sub()
        x.c, x.a = 1, x
        slotted[r.randrange(6)] = x
    elif n == 11:
        Base.register(type("R", (), {})), isinstance(o, Base), Base()
    elif n == 12:
        plain[r.randrange(6)] = Plain()
    elif n == 13:
        o.__dict__ = {"late": 1, 3: 4} if r.random() < .5 else dict(names)
    elif n == 14:
        o.__class__ = type("P%d" % r.randrange(3), (Plain,), {"y": 1})
    elif n == 15:
        (Plain.__subclasses__(), Plain.__mro__, Plain.__dict__.copy(), dir(Plain), typing.List[int],
         int | Slots)
    elif n == 16:
        strange.__class__ = type("M", (types.ModuleType,), {"deep": property(lambda self: 1)})
        strange.deep
    elif n == 17:
        enum.Enum("E%d" % r.randrange(5), "A B C").A, collections.namedtuple("N", "a b")(1, 2).a
    elif n == 18:
        super(Plain, o).__repr__(), vars(o).pop("x", None), o.__reduce_ex__(2)
    else:
        show.register(type("S", (), {}), str)
        show(o), show(1)


@functools.singledispatch
def show(x):
    return 1


# ---- threads' own tools, contexts, exceptions ----

variable, contexts = (contextvars.ContextVar("variable", default=0),
                      [contextvars.copy_context() for _ in range(4)])
tasks, simple = queue.Queue(20), queue.SimpleQueue()
condition, gate, again, event = (threading.Condition(), threading.Semaphore(3), threading.RLock(),
                                 threading.Event())
errors = [ValueError("first")]
weak, methods = weakref.WeakSet(), []


def op_context(r):
    n = r.randrange(6)
    if n == 0:
        variable.reset(variable.set(r.random()))
    elif n == 1:
        r.choice(contexts).run(variable.set, r.random())
    elif n == 2:
        r.choice(contexts).run(sum, numbers)
    elif n == 3:
        contexts[r.randrange(4)] = r.choice(contexts).copy()
    elif n == 4:
        list(r.choice(contexts).items()), r.choice(contexts)[variable]
    else:
        with decimal.localcontext() as c:
            c.prec = r.randrange(2, 20)
            +(shared_number / 3), decimal.getcontext().flags, fractions.Fraction(1, 3) + 1


shared_number = decimal.Decimal("1.25")


def op_threading(r):
    n = r.randrange(9)
    if n == 0:
        tasks.put_nowait(r.random())
    elif n == 1:
        tasks.get_nowait()
    elif n == 2:
        simple.put([1]), simple.get_nowait(), simple.qsize()
    elif n == 3:
        with condition:
            condition.notify() if r.random() < .8 else condition.wait(.001)
    elif n == 4:
        if gate.acquire(blocking=False):
            gate.release()
    elif n == 5:
        with again, again:
            repr(again)
    elif n == 6:
        event.set() if r.random() < .5 else event.clear(), event.wait(.0001)
    elif r.random() < .1:
        t = threading.Thread(target=op_iterator_quietly, args=(r.random(),))
        t.start()
        t.join()
    else:
        threading.enumerate(), threading.current_thread().name, sys._current_frames()


def op_iterator_quietly(seed):
    try:
        op_iterator(random.Random(seed))
    except (*EXPECTED, StopIteration, TypeError, ValueError, AttributeError, RuntimeError):
        pass


def op_error(r):
    n, e = r.randrange(9), r.choice(errors)
    if n < 2:
        try:
            raise e
        except ValueError as caught:
            caught.__traceback__.tb_lineno, caught.__context__, str(caught)
    elif n == 2:
        e.args = (r.random(),), repr(e)[:20]
    elif n == 3:
        e.add_note("note"), e.__notes__.clear()
    elif n == 4:
        e.__cause__, e.__context__ = r.choice((None, KeyError())), None
    elif n == 5:
        e.__traceback__ = None
    elif n == 6:
        errors.append(ExceptionGroup("group", [ValueError(1), KeyError(e)]) if r.random() < .3
                      else ValueError(r.random()))
        del errors[10:]
    elif n == 7:
        try:
            raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
        except* KeyError as g:
            g.split(KeyError)
    else:
        frame = sys._getframe()
        (frame.f_locals, frame.f_back.f_lineno, frame.f_code.co_positions(),
         e.__traceback__.tb_next.tb_frame.f_locals)


# ---- coroutines ----

async def asynchronous(n):
    for i in range(n):
        yield i
        await Step()


class Step:
    def __await__(self):
        yield 1
        return 2


async def coroutine():
    total = 0
    async for i in asynchronous(5):
        total += i
    return total


running, agens = [coroutine() for _ in range(4)], [asynchronous(9) for _ in range(3)]


async def small():
    await asyncio.gather(*(asyncio.sleep(0) for _ in range(3)))


def op_coroutine(r):
    n, k = r.randrange(8), r.randrange(4)
    if n < 3:
        running[k].send(None)
    elif n == 3:
        old, running[k] = running[k], coroutine()
        old.close()
    elif n == 4:
        agens[k % 3].asend(None).send(None)
    elif n == 5:
        agens[k % 3] = asynchronous(4)
    elif n == 6:
        running[k].throw(ValueError), running[k].cr_frame
    elif r.random() < .02:
        asyncio.run(small())
    else:
        running[k].cr_running, running[k].cr_await, agens[k % 3].ag_running


# ---- containers of the library ----

ordered, chain, heap = collections.OrderedDict(names), collections.ChainMap({}, names), []
tree = ElementTree.fromstring("<a>" + "<b x='1'>text<c/></b>" * 5 + "</a>")
moment, noise = datetime.datetime(2020, 2, 29, 12, tzinfo=datetime.timezone.utc), random.Random(5)


def op_library(r):
    n = r.randrange(18)
    if n == 0:
        list(ordered.items()), list(reversed(ordered)), ordered == dict(names), ordered.copy()
    elif n == 1:
        ordered[r.randrange(9)] = 1
        ordered.move_to_end(r.randrange(9), last=r.random() < .5)
    elif n == 2:
        ordered.pop(r.randrange(9)), ordered.popitem(), ordered.update(a=1), ordered.clear()
    elif n == 3:
        chain["x"] = 1
        len(chain), dict(chain), chain.pop("x")
    elif n == 4:
        (heapq.heappush(heap, r.random()), heapq.heappop(heap), heapq.heapreplace(heap, 1),
         heapq.nsmallest(3, heap))
    elif n == 5:
        bisect.insort(heap, r.random()), bisect.bisect(numbers, 2)
        del heap[50:]
    elif n == 6:
        tree.append(ElementTree.Element("b", {"y": "2"})), tree.find("b/c"), tree.findall(".//c")
    elif n == 7:
        (tree.remove(tree[0]), tree.insert(1, copy.copy(tree[0])), tree.set("k", "v"),
         tree.attrib.clear())
    elif n == 8:
        tree[1:3] = [tree[0]], ElementTree.tostring(tree), len(tree), list(tree.itertext())
        if len(tree) > 20:
            tree.clear()
    elif n == 9:
        (moment.isoformat(), moment + datetime.timedelta(r.randrange(9)), hash(moment),
         moment.strftime("%Y-%j"), moment.timetuple())
    elif n == 10:
        (noise.random(), noise.shuffle([1, 2, 3]), noise.getrandbits(100),
         noise.setstate(noise.getstate()))
    elif n == 11:
        weak.add(r.choice(plain)), len(weak), list(weak)
    elif n == 12:
        methods.append(weakref.WeakMethod(r.choice(plain).__len__)), r.choice(methods)()
        del methods[20:]
    elif n == 13:
        weakref.finalize(Plain(), methods.count, 1)
    elif n == 14:
        getter(names), setter(numbers), caller(TEXT)
    elif n == 15:
        line.extend(line), line.count(1), line.index(3), line.remove(2), line == line.copy(), line.__iadd__([1])
    elif n == 16:
        members.update(names, numbers), members & set(numbers), members.symmetric_difference_update([1]), members <= {1, 2}
        members.clear() if len(members) > 50 else members.pop()
    else:
        unbounded(r.randrange(100)), unbounded.cache_clear() if r.random() < .02 else 0


getter, setter, caller = (operator.itemgetter("k1", "k2"), operator.itemgetter(slice(2)),
                          operator.methodcaller("find", "w"))


# ---- modules, builtins, the collector ----

def op_system(r):
    import builtins
    n = r.randrange(12)
    if n == 0:
        builtins.stress_name = r.random()
    elif n == 1:
        del builtins.stress_name
    elif n == 2:
        stress_name  # noqa: F821
    elif n == 3:
        sys.modules.pop(r.choice(("colorsys", "stringprep", "this_is_none")), None)
    elif n == 4:
        import colorsys
        colorsys.rgb_to_hsv(1, 2, 3)
    elif n == 5:
        __import__(r.choice(("chunk", "sndhdr", "no_such_module", "bisect")))
    elif n == 6 and r.random() < .02:
        len(gc.get_objects()), gc.get_referrers(moment)
    elif n == 7:
        gc.collect(0) if r.random() < .1 else gc.get_stats()
    elif n == 8:
        sys.settrace(lambda *a: None)
        try:
            shared_too(1)
        finally:
            sys.settrace(None)
    elif n == 9:
        warnings.warn("text %d" % r.randrange(3), stacklevel=2)
    elif n == 10:
        (sys.getrefcount(moment), sys.getsizeof(numbers), id(moment),
         sys.intern("s%d" % r.randrange(50)))
    elif r.random() < .02:
        gc.freeze(), gc.unfreeze()


warnings.simplefilter("ignore")
iterators = [make() for make in MAKERS]
OPS = [op_under_iterators, op_buffer, op_file, op_text, op_function, op_context, op_threading,
       op_error, op_coroutine, op_library,
       op_system]
if sys.implementation.name == "typhon":  # the reference crashes in these
    OPS += [op_iterator, op_class]


def clean():
    for f in files:
        f.close()
    files.clear()
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
