"""Macros of the headers (macros.c); kinds.txt says which tests of types hold for which objects
(`--update` prints it)."""
import contextvars
import gc
import importlib.machinery
import os
import struct
import sys
import types
import warnings
import weakref

from _build import HERE, build

build("macros.c", "macros", "-Wno-deprecated-declarations", "-Wno-pedantic")
import macros


def derived(base, *args):
    return type("Derived", (base,), {})(*args)


class Box:
    def method(self, *args, **kwargs):
        return args, kwargs


def generator():
    yield


async def coroutine():
    pass


async def asyncgen():
    yield


def frames():
    try:
        raise ValueError
    except ValueError as e:
        return e.__traceback__


target = Box()
running = coroutine()
OBJECTS = {
    "1": 1, "2**70": 2**70, "int'": derived(int, 1), "True": True, "1.5": 1.5,
    "float'": derived(float), "1j": 1j,
    "complex'": derived(complex), "str": "s", "str'": derived(str, "s"), "bytes": b"b",
    "bytes'": derived(bytes),
    "bytearray": bytearray(), "bytearray'": derived(bytearray), "memoryview": memoryview(b""),
    "tuple": (1,),
    "tuple'": derived(tuple), "list": [], "list'": derived(list), "dict": {},
    "dict'": derived(dict), "keys": {}.keys(),
    "values": {}.values(), "items": {}.items(), "set": set(), "set'": derived(set),
    "frozenset": frozenset(),
    "frozenset'": derived(frozenset), "slice": slice(1), "range": range(1), "len": len,
    "lambda": lambda: 0,
    "method": target.method, "generator": generator(), "coroutine": running, "asyncgen": asyncgen(),
    "code": frames.__code__, "frame": sys._getframe(), "traceback": frames(),
    "cell": types.CellType(1),
    "ref": weakref.ref(target), "ref'": derived(weakref.ref, target),
    "proxy": weakref.proxy(target),
    "callable proxy": weakref.proxy(generator), "context": contextvars.Context(), "module": sys,
    "module'": derived(types.ModuleType, "m"), "type": int, "type'": derived(type, "T", (), {}),
    "Exception": Exception,
    "ValueError()": ValueError(), "None": None, "...": ..., "object": object(),
}
running.close()
found = {label: macros.kinds(o) for label, o in OBJECTS.items()}
if sys.argv[1:] == ["--update"]:
    for label, names in found.items():
        print(f"{label}: {' '.join(names)}")
    sys.exit()
with open(os.path.join(HERE, "kinds.txt")) as f:
    expected = {label: names.split() for label, _, names in (line.rstrip("\n").partition(": ")
                                                             for line in f)}
assert found == expected, {label: (found.get(label), expected.get(label))
                           for label in found | expected
                           if found.get(label) != expected.get(label)}

for code in [*range(0x530), 0x1C5, 0x2028, 0x20AC, 0x2155, 0x4E00, 0xD7FF, 0x1D7CE, 0x1F600,
             0x10FFFF]:
    c = chr(code)
    got = macros.character(c)
    # single characters only
    lower, upper = (x if len(x) == 1 else None for x in (c.lower(), c.upper()))
    assert got[:9] == (c.isspace(), c.isalpha(), c.isdigit(), c.isdecimal(), c.isnumeric(),
                       c.isalnum(), c.isupper() and got[6],
                       c.islower() and got[7], c.isprintable()), (hex(code), got)
    assert lower is None or got[9] == ord(lower) or code == 0x130, hex(code)
    assert upper is None or got[10] == ord(upper), hex(code)
for code in range(128):
    b = bytes([code])
    hexadecimal = b in b"0123456789abcdefABCDEF"
    assert macros.ascii(code) == (b.islower(), b.isupper(), b.isalpha(), b.isdigit(), hexadecimal,
                                  b.isalnum(), b.isspace(),
                                  b.lower()[0], b.upper()[0]), code
    assert macros.ascii(code + 128)[:7] == (0,) * 7

for _ in range(3):
    for test in macros.surrogates, macros.blocks, macros.objects, macros.containers:
        assert test() is None
    assert macros.texts("abc", "a€c", "ab\U0001F600") is None
    assert macros.platform() != macros.platform()
    gc.collect()

chain = macros.chain(20_000)
chain = None
for _ in range(3):
    gc.collect()
assert macros.freed_links() >= 19_000, macros.freed_links()

shown = macros.calls(lambda *args, **kw: (args, kw), target)
empty, one, three = ((), {}), ((1,), {}), ((3,), {})
assert shown == [one, one, ((1,), {"k": 2}), empty, one, empty, one, ((b"ab",), {}), (("ab",), {}),
                 three, three, one], shown

box = Box()
box.x, box.y = 1, 2
assert macros.attributes(box) is None and not vars(box)
assert macros.fast(1, 2) == 2 and macros.fast_keywords(1, a=2) == (1, 1)
assert macros.keywords(1, a=2) == ((1,), {"a": 2}) and macros.keywords() == ((), None)
thing = macros.Class()
assert thing.with_class(1, 2) == (thing, macros.Class, 2) and thing.item() is thing
assert macros.functions(macros.owner, types.MethodType(lambda self: self, macros.owner),
                        frames) is None
assert macros.sized("abc") == ("ab", b"a")
assert macros.described(macros.Class.with_class) == (macros.Class, "with_class", "with_class")
assert macros.described(macros.Members.int) == (macros.Members, "int", "int")
assert (macros.Members.int.__doc__ == "doc of int"
        and isinstance(macros.Members.int, types.MemberDescriptorType))

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert macros.errors(StopIteration("value")) == "value"
assert [str(w.message) for w in caught] == ["warned"]
made = types.ModuleType("made")
assert macros.add_constants(made).__name__ == "json" and made.TWELVE == 12 and made.TEXT == "text"


def framed(**kwargs):
    return macros.frame_code(FRAMES)


FRAMES = frames()
assert framed() == (framed.__code__, 1, FRAMES.tb_frame)
spec = importlib.machinery.ModuleSpec("newer", None)
assert macros.newer_module(spec).__name__ == "newer"

# fields of C structs
m = macros.Members()
assert (m.string, m.inplace, m.char, m.object, m.none, m.bool) == ("const", "inside", "c", None,
                                                                   None, False)
for name, code in {"short": "h", "int": "i", "long": "l", "byte": "b", "ubyte": "B", "ushort": "H",
                   "uint": "I", "ulong": "L",
                   "longlong": "q", "ulonglong": "Q", "ssize": "n"}.items():
    size = struct.calcsize(code) * 8
    low, high = (0, 2**size - 1) if code.isupper() else (-2**(size - 1), 2**(size - 1) - 1)
    for value in low, high, 1, True:
        setattr(m, name, value)
        assert getattr(m, name) == value, (name, value)
    for wrong in 1.5, "x", None:
        try:
            setattr(m, name, wrong)
        except TypeError:
            pass
        else:
            raise AssertionError((name, wrong))
    try:
        setattr(m, name, 2**70)
    except OverflowError:
        pass
    else:
        raise AssertionError(name)
    try:
        delattr(m, name)
    except TypeError as e:
        assert "can't delete numeric/char attribute" in str(e)
    if size < 64:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            setattr(m, name, high + 1)
        assert "Truncation" in str(caught[0].message) and caught[0].category is RuntimeWarning, (
            name, caught)
        assert getattr(m, name) == low, name
m.float, m.double, m.bool, m.char = 0.1, 0.1, True, "x"
assert (m.float, m.double, m.bool, m.char) == (struct.unpack("f", struct.pack("f", 0.1))[0], 0.1,
                                               True, "x")
try:
    m.object_ex
except AttributeError as e:
    assert str(e) == "object_ex" or "object_ex" in str(e)
else:
    raise AssertionError
m.object = m.object_ex = [1]
assert m.object is m.object_ex
del m.object, m.object_ex
for name, wrong in (("string", "x"), ("inplace", "x"), ("readonly", 1), ("bool", 1), ("char", "xy"),
                    ("none", 1), ("object_ex", "delete")):
    try:
        delattr(m, name) if wrong == "delete" else setattr(m, name, wrong)
    except (TypeError, AttributeError, SystemError) as e:
        kind = type(e)
    else:
        raise AssertionError(name)
    assert kind is {"string": TypeError, "inplace": TypeError, "bool": TypeError, "char": TypeError,
                    "none": SystemError,
                    }.get(name, AttributeError), (name, kind)
m.int = 5
assert m.readonly == m.audited == m.restricted == 5

# C code that compares struct sizes with those of types
TYPES = {"PyLongObject": bool, "PyFloatObject": float, "PyComplexObject": complex,
         "PyUnicodeObject": str, "PyBytesObject": bytes,
         "PyByteArrayObject": bytearray, "PyListObject": list, "PyTupleObject": tuple,
         "PyDictObject": dict, "PySetObject": set,
         "PySliceObject": slice, "PyTypeObject": type, "PyHeapTypeObject": type,
         "PyBaseExceptionObject": BaseException,
         "PyOSErrorObject": OSError, "PyStopIterationObject": StopIteration,
         "PyGenObject": types.GeneratorType,
         "PyCoroObject": types.CoroutineType, "PyAsyncGenObject": types.AsyncGeneratorType,
         "PyTracebackObject": types.TracebackType,
         "PyFrameObject": types.FrameType, "PyCFunctionObject": types.BuiltinFunctionType}
sizes = macros.sizes()
for name, cls in TYPES.items():
    assert sizes.get(name, 0) <= (cls.__basicsize__ + cls.__itemsize__ + 7) // 8 * 8, (
        name, sizes[name], cls.__basicsize__)
