"""What compression and decompression objects do after the end of their stream, when the library has
nothing of it any more."""
import copy
import zlib

text = b"hello " * 50
data = zlib.compress(text)


def fails(function, *args):
    try:
        function(*args)
    except (zlib.error, ValueError) as e:
        return str(e)
    raise AssertionError


d = zlib.decompressobj()
assert d.decompress(data + b"rest") == text and d.eof and d.unused_data == b"rest"
assert d.decompress(b"more") == b"" and d.unused_data == b"restmore"
c = copy.deepcopy(d)
assert c.eof and c.unused_data == b"restmore" and c.decompress(b"!") == b""
assert c.unused_data == b"restmore!" and d.unused_data == b"restmore"
assert c.flush() == d.flush() == b"" and d.eof and d.unconsumed_tail == b""
assert fails(d.copy) == fails(c.copy) == "Inconsistent stream state"

d = zlib.decompressobj()
assert d.decompress(data, 10) == text[:10] and not d.eof
c = d.copy()
assert d.flush() == text[10:] and d.eof
assert c.decompress(c.unconsumed_tail) == text[10:] and c.eof and c.unused_data == b""

d = zlib.decompressobj()
assert d.decompress(data[:-1]) == text and not d.eof and d.decompress(data[-1:]) == b"" and d.eof

d = zlib.decompressobj()
assert "-3" in fails(d.decompress, b"bad") and not d.eof

k = zlib.compressobj()
half = k.compress(text)
other = k.copy()
whole = half + k.flush()
assert zlib.decompress(whole) == text
for again in (k.compress, b"x"), (k.flush,), (k.flush, zlib.Z_SYNC_FLUSH):
    assert "-2" in fails(*again)
assert fails(k.copy) == "Inconsistent stream state"
assert zlib.decompress(half + other.compress(b"!") + other.flush()) == text + b"!"

k = zlib.compressobj(zdict=b"hello")
packed = k.compress(text) + k.flush()
d = zlib.decompressobj(zdict=b"hello")
assert d.decompress(packed + b"-") == text and d.decompress(b"-") == b"" and d.unused_data == b"--"
assert d.copy().unused_data == b"--"
