"""Objects of library modules that threads use at once in ways that seldom meet: what one of them
reads is what another one is replacing.  tsan sees it."""
import array
import asyncio
import bz2
import codecs
import collections
import ctypes
import decimal
import functools
import gc
import lzma
import pickle
import sqlite3
import threading
import zlib
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

import _lsprof

from _util import use

ERRORS = (AttributeError, BufferError, EOFError, IndexError, OSError, RuntimeError, StopIteration,
          TypeError, ValueError, asyncio.CancelledError, asyncio.InvalidStateError,
          expat.ExpatError, lzma.LZMAError, sqlite3.Error, zlib.error)
loop = asyncio.new_event_loop()
packed = zlib.compress(b"text " * 100)
xz, bz = lzma.compress(b"text"), bz2.compress(b"text")


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


def first_codec(name):
    module = __import__("_codecs_iso2022")
    return module.getcodec(name), module.getcodec("iso2022_jp_2").encode("a\u3042")


def settings(c):
    return c.copy(), repr(c), c.__reduce__(), c.prec, c.rounding, c.to_sci_string(3), c.flags == {}


def change_settings(c):
    c.prec, c.Emax, c.rounding, c.capitals, c.clamp = 5, 99, "ROUND_UP", 0, 1
    c.flags, c.traps = [], decimal.Context().traps
    c.flags[decimal.Inexact] = True


def lock_again(k):
    if k.acquire(False):
        k._release_save()


key = functools.cmp_to_key(lambda a, b: 0)
cases = {  # what makes an object, and what is done to it
    "array": (lambda: array.array("u", "abc" * 20),
              [resize, array.array.tounicode, array.array.buffer_info, array.array.reverse,
               lambda a: a * 2, lambda a: a == array.array("u", "b"),
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
               [lambda f: f.cancel("a"), lambda f: f.set_result(1), lambda f: f.result(),
                lambda f: (f._log_traceback, f._state, f._cancel_message, repr(f)),
                lambda f: next(iter(f)),
                lambda f: f.add_done_callback(len)]),
    "decompressor": (zlib.decompressobj,
                     [lambda d: d.decompress(packed, 9), lambda d: d.flush(), lambda d: d.copy()]),
    "cursor": (cursor, [lambda c: c.fetchone(), lambda c: c.close()]),
    "builder": (TreeBuilder, [lambda b: b.__init__(insert_comments=True, insert_pis=True),
                              lambda b: b.comment("a"), lambda b: b.pi("a")]),
    "parser": (expat.ParserCreate, [set_buffer_text, lambda p: p.buffer_used,
                                    lambda p: (p.CurrentLineNumber, p.CurrentColumnNumber),
                                    lambda p: p.Parse(b"<a>text\n</a>")]),
    "entities": (expat.ParserCreate,
                 [set_buffer_text, lambda p: setattr(p, "StartElementHandler", print),
                  lambda p: p.ExternalEntityParserCreate(None), lambda p: p.SetBase("a"),
                  expat.XMLParserType.GetBase, expat.XMLParserType.GetInputContext,
                  lambda p: p.UseForeignDTD(), lambda p: p.SetParamEntityParsing(0)]),
    "decoder": (codecs.getincrementaldecoder("shift_jis"),
                [lambda d: d.decode(b"a\x82"), lambda d: d.getstate(), lambda d: d.reset(),
                 lambda d: d.setstate((b"\x82", 0))]),
    "encoder": (codecs.getincrementalencoder("euc_jis_2004"),
                [lambda e: e.encode("a\u304b"), lambda e: e.getstate(), lambda e: e.reset(),
                 lambda e: e.setstate(0)]),
    "codec": (lambda: "iso2022_jp_3", [first_codec]),
    "context": (lambda: decimal.Context(prec=9), [settings, change_settings]),
    "import error": (lambda: ImportError("a", name="b", path="c"),
                     [str, ImportError.__reduce__, lambda e: e.__init__("a"),
                      lambda e: e.__init__("a", "b", name="c")]),
    "syntax error": (lambda: SyntaxError("a", ("b/c", 1, 2, "d")),
                     [str, lambda e: e.__init__("a", ("e", 3, 4, "f")),
                      lambda e: setattr(e, "filename", None)]),
    "class": (lambda: type("C", (), {}), [lambda c: setattr(c, "__qualname__", "D"),
                                          lambda c: c.__qualname__]),
    "bytearray": (lambda: bytearray(b"ab"), [lambda b: b.extend(b"c" * 30), bytearray.__sizeof__,
                                             bytearray.__alloc__, bytearray.clear]),
    "set": (lambda: {1, 2}, [set.clear, pickle.dumps, lambda s: s.update("abc")]),
    "char": (lambda: (ctypes.c_char * 4)(), [lambda c: c.__setitem__(0, 98), lambda c: c.value]),
    "lzma": (lzma.LZMADecompressor, [lambda d: d.decompress(xz),
                                     lambda d: (d.eof, d.check, d.needs_input)]),
    "bz2": (bz2.BZ2Decompressor, [lambda d: d.decompress(bz), lambda d: (d.eof, d.needs_input)]),
    "recursive lock": (threading.RLock, [lock_again, repr, lambda k: k._is_owned()]),
    "profiler": (_lsprof.Profiler,
                 [profiled, lambda p: p.__init__(lambda: 1, 0.5), lambda p: p.__init__(),
                  _lsprof.Profiler.getstats]),
}
use(cases, ERRORS, 120)
loop.close()
gc.collect()
