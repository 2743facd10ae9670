"""Functions of bytecode files are read when they are first called; until then they look the same,
and only they are kept."""
import gc
import importlib
import marshal
import os
import py_compile
import shutil
import sys
import tempfile
import types

TYPHON = sys.implementation.name == "typhon"
folder = tempfile.mkdtemp()
sys.path.insert(0, folder)


def load(name, source):
    """The module, read from its bytecode file."""
    path = os.path.join(folder, name + ".py")
    with open(path, "w") as f:
        f.write(source)
    py_compile.compile(path, doraise=True)
    importlib.invalidate_caches()
    return importlib.import_module(name)


m = load("m", '''
def plain(a, b=2, *c, d=4, **e):
    "Plain."
    def inner(x):
        """Inner."""
        return [y + a for y in x], inner, __class__ if False else None
    class C:
        "Class."
        def method(self):
            "Method."
            return lambda: (inner, self, b)
    return inner, C
def none(): return "text"
def other():
    "Other."
replaced = other
many = %s
def names(): return %s
strings = %s
''' % ({str(i): i for i in range(300)}, "(" + ", ".join(f"many['{i}'], x{i % 270}" for i in range(300)) + ")", [f"s{i} {i}" for i in range(5000)] * 2))
assert len(set(m.strings)) == 5000 and m.strings[4999] == m.strings[9999] == "s4999 4999"

# docstrings: before and after the first call, set, deleted, and of a function whose code is another
# one
assert m.plain.__doc__ == "Plain." and m.none.__doc__ is None and m.other.__doc__ == "Other."
inner, C = m.plain(1)
assert (m.plain.__doc__ == "Plain." == m.plain.__code__.co_consts[0] and m.none() == "text"
        and m.none.__doc__ is None)
assert (inner.__doc__, C.__doc__, C.method.__doc__) == ("Inner.", "Class.", "Method.")
assert inner([1, 2])[0] == [2, 3] and C().method()()[2] == 2
assert inner.__doc__ is inner.__doc__
m.other.__doc__ = 5
assert m.other.__doc__ == 5 and m.other.__code__.co_consts[0] == "Other."
m.other.__doc__ = m.other.__code__
assert m.other.__doc__ is m.other.__code__
del m.other.__doc__
assert m.other.__doc__ is None
f = types.FunctionType(m.other.__code__, {})
assert f.__doc__ == "Other."
f = types.FunctionType(m.other.__code__, {})
f.__code__ = m.none.__code__
assert f.__doc__ == "Other." and f() == "text"

# code in code knows its file, and where it is
assert (m.__file__ == inner.__code__.co_filename == C.method.__code__.co_filename
        == m.plain.__code__.co_filename)
assert C.method.__code__.co_consts[1].co_filename == m.__file__
assert C.method.__qualname__ == "plain.<locals>.C.method" and C.method.__code__.co_firstlineno == 9
if TYPHON:  # more names than a reference in one byte can tell
    assert (m.names.__code__.co_names[:3] == ("many", "x0", "x1")
            and len(m.names.__code__.co_names) == 271)
copy = marshal.loads(marshal.dumps(m.names.__code__))
assert copy == m.names.__code__ and copy.co_names == m.names.__code__.co_names
assert marshal.loads(bytearray(marshal.dumps(m.plain.__code__))) == m.plain.__code__

# what has been read is not kept twice: the constant of the module, and the function or its
# docstring
if TYPHON:
    def live():
        gc.collect()
        return gc.get_pauses()["live"]

    size = 1 << 20
    text = "x " * (size // 2)
    before = live()
    big = load("big", f'y = len("{text}")\ndef f():\n    "{text}"\n    return f.__doc__\n')
    assert live() - before < 2.5 * size, live() - before
    assert len(big.f()) == size and big.f() is big.f.__doc__
    assert live() - before < 2.5 * size, live() - before
shutil.rmtree(folder)
