"""A second __init__, a __setstate__, detach() or close() of an object that other threads use:
streams, pickling, structs, sqlite3, sockets.  Each operation does what it says or raises; tsan sees
the rest."""
import io
import os
import pickle
import socket
import sqlite3
import struct
import sys
import tempfile
from xml.etree.ElementTree import Element

from _util import use

if sys.implementation.name != "typhon":
    sys.exit(77)  # the reference crashes

ERRORS = (AttributeError, EOFError, IndexError, OSError, RuntimeError, StopIteration, TypeError,
          ValueError, io.UnsupportedOperation, pickle.PickleError, sqlite3.Error, struct.error)
packed = pickle.dumps([1, {2: "x"}, [3.5]])
folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "file")
with open(path, "wb") as out:
    out.write(b"text\n" * 200)
descriptor = os.open(path, os.O_RDWR)


def raw():
    return io.BytesIO(b"a\r\nb\n" * 50)


def text():
    return io.TextIOWrapper(raw(), "utf-8", newline="")


def connection():
    c = sqlite3.connect(":memory:", check_same_thread=False)
    c.execute("create table t(a)")
    c.executemany("insert into t values(?)", [(1,), (2,)])
    return c


def lines(stream):
    return next(stream), stream.readline(), stream.read(5)


def memo(p):
    p.memo = p.memo.copy()


buffered = [lines, lambda b: b.detach(), lambda b: b.tell(), lambda b: b.peek(),
            lambda b: b.seek(1), lambda b: (repr(b), b.raw, b.closed, b.flush())]
one, two = connection(), connection()
cases = {  # what makes an object, and what is done to it
    "text": (text, [lambda x: x.__init__(raw(), "latin-1"), lambda x: x.__init__(raw(), "utf-16"),
                    lines, lines, lambda x: x.write("äb\n"), lambda x: x.detach(),
                    lambda x: (x.tell(), x.seek(0)), lambda x: x.reconfigure(newline="\n"),
                    lambda x: (repr(x), x.encoding, x.newlines, x.line_buffering, x.closed)]),
    "reader": (lambda: io.BufferedReader(raw(), 16),
               [lambda b: b.__init__(raw(), 4), lambda b: b.__init__(raw()), *buffered]),
    "random": (lambda: io.BufferedRandom(raw(), 16),
               [lambda b: b.__init__(raw(), 4), lambda b: b.write(b"abc"), lambda b: b.truncate(9),
                *buffered]),
    "raw": (lambda: io.FileIO(descriptor, closefd=False),
            [lambda f: f.__init__(descriptor, "rb+", False), lambda f: f.read(3),
             lambda f: f.__init__(descriptor, "r", False),
             lambda f: (f.mode, f.readable(), f.closefd, repr(f))]),
    "newlines": (lambda: io.IncrementalNewlineDecoder(None, True),
                 [lambda d: d.__init__(None, False), lambda d: d.decode("a\r\n"),
                  lambda d: (d.reset(), d.getstate(), d.newlines)]),
    "pickler": (lambda: pickle.Pickler(io.BytesIO()),
                [lambda p: p.__init__(io.BytesIO(), 2), lambda p: p.dump([1, "ab", {3: (4.5,)}]),
                 lambda p: p.clear_memo(), memo, lambda p: setattr(p, "fast", 0),
                 lambda p: p.__sizeof__()]),
    "unpickler": (lambda: pickle.Unpickler(io.BytesIO(packed)),
                  [lambda u: u.__init__(io.BytesIO(packed)), lambda u: u.load(), memo,
                   lambda u: u.__sizeof__()]),
    "struct": (lambda: struct.Struct("ih"),
               [lambda s: s.__init__("5s" * 9), lambda s: s.__init__("i"), lambda s: s.pack(1),
                lambda s: s.unpack(bytes(s.size)), lambda s: list(s.iter_unpack(bytes(90))),
                lambda s: (s.format, s.__sizeof__())]),
    "connection": (connection, [lambda c: c.__init__(":memory:", check_same_thread=False),
                                lambda c: c.execute("select 1").fetchone(),
                                lambda c: c.interrupt(), lambda c: c.close()]),
    "cursor": (lambda: one.execute("select * from t"),
               [lambda c: c.__init__(one), lambda c: c.__init__(two), lambda c: c.fetchmany(),
                lambda c: c.execute("select a from t").fetchone(), lambda c: c.rowcount]),
    "socket": (lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
               [lambda s: s.__init__(socket.AF_INET, socket.SOCK_DGRAM),
                lambda s: (s.family, s.type, s.proto), lambda s: s.close()]),
    "element": (lambda: Element("a"), [lambda e: e.__setstate__({"tag": "b"}),
                                       lambda e: e.append(e), lambda e: e.set("k", "v")]),
}

use(cases, ERRORS, 150)
os.close(descriptor)
folder.cleanup()
