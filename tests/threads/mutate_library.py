"""Objects of library modules that threads use at once in ways that seldom meet: what one of them
reads is what another one is replacing.  tsan sees it."""
import array
import asyncio
import collections
import ctypes
import functools
import gc
import sqlite3
import threading
import zlib
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

import _lsprof

from _util import use

ERRORS = (AttributeError, BufferError, IndexError, RuntimeError, StopIteration, TypeError,
          ValueError, asyncio.CancelledError, asyncio.InvalidStateError, expat.ExpatError,
          sqlite3.Error, zlib.error)
loop = asyncio.new_event_loop()
packed = zlib.compress(b"text " * 100)


def steps(n):
    while n:
        yield n
        n -= 1


def cursor():
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    return connection.execute("select 1 union select 2")


def profiled(p):
    p.enable()
    p.disable()


def set_buffer_text(p):
    p.buffer_text = not p.buffer_text


def set_object(k):
    k.obj = [1]


def resize(a):
    a.append("b")
    del a[3:]


def frame_locals(g):
    return g.gi_frame and g.gi_frame.f_locals


key = functools.cmp_to_key(lambda a, b: 0)
cases = {  # what makes an object, and what is done to it
    "array": (lambda: array.array("u", "abc" * 20),
              [resize, array.array.tounicode, lambda a: a * 2, lambda a: a == array.array("u", "b"),
               lambda a: array.array("u").extend(a), array.array.__sizeof__]),
    "deque": (lambda: collections.deque(range(9), 9),
              [lambda d: d.__init__(range(5), 3), lambda d: d.__init__(range(5)),
               lambda d: d.extend([1, 2]), lambda d: (d.maxlen, repr(d), d.copy(), d * 2)]),
    "list": (list, [lambda x: x.__init__(iter(range(30))), lambda x: x.extend(map(str, "ab")),
                    len]),
    "generator": (lambda: steps(30), [next, frame_locals, lambda g: g.gi_frame.clear()]),
    "reversed": (lambda: reversed(collections.UserList([1, 2])),
                 [next, lambda r: r.__reduce__()[1][0].data, lambda r: r.__setstate__(1),
                  lambda r: r.__length_hint__()]),
    "partial": (lambda: functools.partial(int, "1", base=8),
                [lambda p: p.__setstate__((len, ("a",), {}, {})), lambda p: p.__reduce__(), repr,
                 lambda p: p(), lambda p: functools.partial(p, 1)]),
    "classmethod": (lambda: classmethod(len),
                    [lambda c: c.__init__(int), repr, lambda c: c.__get__(None, int),
                     lambda c: c.__isabstractmethod__]),
    "staticmethod": (lambda: staticmethod(len),
                     [lambda s: s.__init__(int), repr, lambda s: s(""), lambda s: s.__get__(1)]),
    "ctypes": (lambda: ctypes.create_string_buffer(b"abc", 20),
               [lambda b: b.__init__(), lambda b: b.__reduce__(),
                lambda b: b.__setstate__({}, b"x"),
                lambda b: (b.raw, b.value), lambda b: setattr(b, "value", b"defg")]),
    "zip": (lambda: zip(range(99)), [lambda z: z.__setstate__(True), next, zip.__reduce__]),
    "property": (lambda: property(len, doc="a"),
                 [lambda p: p.__init__(str), lambda p: p.__get__("a"), lambda p: p.getter(len)]),
    "key": (lambda: key([2]), [set_object, lambda k: k < key([3])]),
    "future": (lambda: asyncio.Future(loop=loop),
               [lambda f: f.cancel(), lambda f: f.set_result(1), lambda f: f.result(),
                lambda f: (f._log_traceback, f._state, repr(f)), lambda f: next(iter(f)),
                lambda f: f.add_done_callback(len)]),
    "decompressor": (zlib.decompressobj,
                     [lambda d: d.decompress(packed, 9), lambda d: d.flush(), lambda d: d.copy()]),
    "cursor": (cursor, [lambda c: c.fetchone(), lambda c: c.close()]),
    "builder": (TreeBuilder, [lambda b: b.__init__(insert_comments=True, insert_pis=True),
                              lambda b: b.comment("a"), lambda b: b.pi("a")]),
    "parser": (expat.ParserCreate, [set_buffer_text, lambda p: p.buffer_used,
                                    lambda p: (p.CurrentLineNumber, p.CurrentColumnNumber),
                                    lambda p: p.Parse(b"<a>text\n</a>")]),
    "profiler": (_lsprof.Profiler,
                 [profiled, lambda p: p.__init__(lambda: 1, 0.5), lambda p: p.__init__(),
                  _lsprof.Profiler.getstats]),
}
use(cases, ERRORS, 120)
loop.close()
gc.collect()
