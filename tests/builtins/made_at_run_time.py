"""Types that count as made at run time: their instances find __module__, as those of classes do,
and errors say the same of them."""
import array
import ast
import decimal
import functools
import hashlib
import mmap
import operator
import os
import random
import re
import resource
import signal
import sqlite3
import struct
import time
import unicodedata
import weakref
import zlib

for found, name in (
        (functools.partial(len), "functools"), (re.compile(""), "re"), (re.match("", ""), "re"),
        (operator.itemgetter(1), "operator"), (operator.methodcaller("a"), "operator"),
        (zlib.compressobj(), "zlib"), (array.array("b"), "array"), (ast.AST(), "ast"),
        (decimal.Decimal(1), "decimal"), (hashlib.sha256(), "_hashlib"),
        (hashlib.blake2b(), "_blake2"), (mmap.mmap(-1, 1), "mmap"), (os.stat("/"), "os"),
        (resource.getrusage(0), "resource"), (random._inst, "random"),
        (sqlite3.connect(":memory:"), "sqlite3"), (struct.Struct(""), "_struct"),
        (time.gmtime(0), "time"), (unicodedata.ucd_3_2_0, "unicodedata"),
        (ExceptionGroup("", [OSError()]), "builtins"), (next(os.scandir("/")), "posix")):
    assert found.__module__ == type(found).__module__ == name, found
    assert "__module__" in dir(found)
for found in (1, "a", (), iter([]), len.__call__, OSError(),
              BaseExceptionGroup("", [KeyboardInterrupt()])):
    assert not hasattr(found, "__module__"), found
assert functools.wraps(functools.partial(len))(lambda: 0).__module__ == "functools"


def message(function, *args):
    try:
        function(*args)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


for found in functools.partial(len), re.compile(""), ExceptionGroup("a", [OSError()]), ast.AST():
    name = type(found).__name__ if "Group" in str(type(found)) else (
        f"{type(found).__module__}.{type(found).__name__}")
    assert message(operator.delitem, found, 0) == (
        f"TypeError: '{name}' object doesn't support item deletion")
    assert message(operator.delitem, found, "a") == (
        f"TypeError: '{name}' object does not support item deletion")
    assert message(operator.setitem, found, 1 << 80, 0) == (
        "IndexError: cannot fit 'int' into an index-sized integer")

try:
    signal.setitimer(99, 1)
except signal.ItimerError as e:
    assert e.errno == 22 and str(e) == "[Errno 22] Invalid argument" and isinstance(e, OSError)
else:
    assert False
assert signal.ItimerError is not OSError and (
    f"{signal.ItimerError.__module__}.{signal.ItimerError.__name__}" == "signal.itimer_error")

assert message(unicodedata.normalize, [], "") == (
    "TypeError: normalize() argument 1 must be str, not list")
assert message(unicodedata.is_normalized, "NFC", 1) == (
    "TypeError: is_normalized() argument 2 must be str, not int")

group = ExceptionGroup("", [OSError()])
reference = weakref.ref(group)
assert reference() is group and weakref.getweakrefcount(group) == 1
assert message(weakref.ref, OSError()) == (
    "TypeError: cannot create weak reference to 'OSError' object")
