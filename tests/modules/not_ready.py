"""Objects that __new__ made and __init__ never saw, that get a second __init__ in the middle of an
operation, and helpers that answer what nobody expects: an exception, and all goes on."""
import _abc
import binascii
import codecs
import ctypes
import io
import pickle
import struct
import sys

TYPHON = sys.implementation.name == "typhon"  # the reference crashes, or its behaviour is another


def raises(errors, call, *args):
    try:
        result = call(*args)
    except errors:
        return
    raise AssertionError(f"{call} gave {result!r}")


def bare(cls):
    return cls.__new__(cls)


decoder = bare(io.IncrementalNewlineDecoder)
for call in (decoder.getstate, decoder.reset, lambda: decoder.decode("a"),
             lambda: decoder.setstate((b"", 0))):
    raises(ValueError, call)
assert bare(pickle.Unpickler).__sizeof__() > 0
for cls in (pickle.Pickler, pickle.Unpickler):
    raises(pickle.PickleError, bare(cls).dump if cls is pickle.Pickler else bare(cls).load, *
           ([1] if cls is pickle.Pickler else []))

# a class that makes no exceptions
if TYPHON:
    binascii.Error.__new__ = lambda cls, *args: 5
    raises(TypeError, binascii.unhexlify, "x")
    del binascii.Error.__new__
raises(binascii.Error, binascii.unhexlify, "x")


# a "class" whose metaclass has it all
class Anything(type):
    def __subclasscheck__(cls, other):
        return False


class Odd(metaclass=Anything):
    _abc_impl = None

    def __subclasshook__(self, other):
        return NotImplemented

    def __subclasses__(self):
        return []


base, odd = type("Base", (), {}), Odd()
_abc._abc_init(base)
odd._abc_impl = base._abc_impl
assert _abc._abc_subclasscheck(odd, int) is False


class Again:
    """__index__ compiles another format while this one packs."""
    def __index__(self):
        shared.__init__("b" * 200)
        return 7


shared = struct.Struct("bbb")
if TYPHON:
    assert shared.pack(Again(), 1, Again()) == b"\7\1\7" and shared.size == 200
rest = struct.Struct("h").iter_unpack(bytes(8))
assert next(rest) == (0,)
s = struct.Struct("h")
rest = s.iter_unpack(bytes(8))
s.__init__("")
if TYPHON:
    assert next(rest) == (0,) and rest.__length_hint__() == 3

# text streams: positions nobody gave, decoders that answer nonsense
if TYPHON:
    class Writer(io.BytesIO):
        def readable(self):
            return False

    out = io.TextIOWrapper(Writer(), "utf-8")
    out.write("abc")
    out.seek(1 << 200 | 1 << 130)


class Strange(codecs.IncrementalDecoder):
    state = (b"", 0)
    inside = staticmethod(lambda: None)

    def decode(self, data, final=False):
        self.inside()
        return bytes(data).decode("latin-1")

    def getstate(self):
        return self.state

    def setstate(self, state):
        pass


def find(name):
    if name == "strange":
        return codecs.CodecInfo(codecs.latin_1_encode, codecs.latin_1_decode, name="strange",
                                incrementaldecoder=Strange,
                                incrementalencoder=codecs.getincrementalencoder("latin-1"))


codecs.register(find)
for state in (5, (), (b"",), ("", 0), (b"", "x"), None):
    text = io.TextIOWrapper(io.BytesIO(b"abc\ndef"), "strange")
    Strange.state = b"", 0
    text.read(2)
    Strange.state = state
    if TYPHON or state not in ((b"", "x"), None):
        raises(TypeError, text.tell)
Strange.state = b"", 0
if TYPHON:
    for inside in (lambda: text.__init__(io.BytesIO(), "utf-8"), lambda: text.detach(),
                   lambda: text.reconfigure(encoding="utf-16")):
        text = io.TextIOWrapper(io.BytesIO(b"abc\ndef"), "strange")
        Strange.inside = staticmethod(inside)
        raises(RuntimeError, text.readline)
        Strange.inside = staticmethod(lambda: None)
        assert text.read() in ("abc\ndef", "")


class Shrinking(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, view):
        target = view.obj
        view.release()
        target.clear()
        return 100


if TYPHON:
    raises(OSError, io.BufferedReader(Shrinking()).read, 200)


class Inside(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, view):
        self.stream.__init__(io.BytesIO(b"xyz"))
        return 1


raw = Inside()
raw.stream = io.BufferedReader(raw)
if TYPHON:
    raises(RuntimeError, raw.stream.read, 5)


class Nested(pickle.Pickler):
    def persistent_id(self, value):
        if value == 5 and not self.seen:
            self.seen = True
            for call in (lambda: self.dump(1), lambda: self.__init__(io.BytesIO())):
                if TYPHON:
                    raises(RuntimeError, call)
            self.clear_memo()


pickler = Nested(io.BytesIO())
pickler.seen = False
pickler.dump([1, [5, 5], {2: [5]}])
if TYPHON:
    raises(ValueError, ctypes.py_object().__setstate__, {}, b"12345678")
