"""What reads or writes a bytearray, array or mmap in C while another thread changes it: libraries,
codecs, system calls.  Each result is that of some contents; a free build must not crash, one with
the thread sanitizer has nothing to report."""
import array
import audioop
import binascii
import bz2
import codecs
import ctypes
import hashlib
import hmac
import io
import itertools
import lzma
import marshal
import mmap
import operator
import os
import pickle
import re
import socket
import sqlite3
import ssl
import struct
import sys
import tempfile
import threading
import zlib
from xml.etree import ElementTree
from xml.parsers import expat

from _util import expect, run, until

SIZE = 4096
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
file = tempfile.TemporaryFile()
file.truncate(SIZE)
mapped = mmap.mmap(file.fileno(), SIZE)
plain, words, cells = (bytearray(b"1" * SIZE), array.array("h", [0x3131] * (SIZE // 2)),
                       (ctypes.c_char * SIZE)())
mapped[:], cells[:] = plain, bytes(plain)
MEMORIES = [plain, words, mapped, cells, memoryview(plain)[::1], memoryview(plain).toreadonly(),
            memoryview(mapped)[8:-8]]
LENGTH = len(memoryview(MEMORIES[-1]))


def change():
    """Digits: what they are read as has meaning for each reader, of which some want a number,
    others text."""
    for k, (memory, view) in enumerate(zip((plain, words, mapped, cells), views)):
        for i in range(0, SIZE, 97):
            view[i] = 0x31 + (i + k) % 3
        view[64:128] = b"2" * 64 if view[64] == 0x31 else b"1" * 64
    words.byteswap()
    mapped.move(0, 1024, 512)
    mapped[5:300:3] = mapped[6:301:3]
    struct.pack_into("<4s", plain, 12, b"3333")


views = [memoryview(m).cast("B") for m in (plain, words, mapped)] + [memoryview(cells).cast("B")]


def good(text, letters=b"123"):
    text = bytes(text)
    assert text and not text.strip(letters), text[:80]
    return text


# ---- libraries and own code that read ----

compressed_z, compressed_b, compressed_x = (c.compress(b"1" * 100) for c in (zlib, bz2, lzma))
readers = {}


def reader(f):
    readers[f.__name__] = f
    return f


@reader
def checksums(m):
    zlib.crc32(m), zlib.adler32(m, 1), binascii.crc32(m), binascii.crc_hqx(m, 0)


@reader
def compression(m):
    good(zlib.decompress(zlib.compress(m, 1)))
    good(bz2.decompress(bz2.compress(m)))
    c, d = zlib.compressobj(1), zlib.decompressobj()
    good(d.decompress(c.compress(m) + c.flush()))
    c = bz2.BZ2Compressor()
    good(bz2.decompress(c.compress(m) + c.flush()))


@reader
def compression_x(m):
    good(lzma.decompress(lzma.compress(memoryview(m).cast("B")[:500], preset=0)))


@reader
def decompression(m):
    for call in (zlib.decompress, bz2.BZ2Decompressor().decompress,
                 lzma.LZMADecompressor().decompress,
                 zlib.decompressobj().decompress):
        try:
            call(m)
        except (zlib.error, OSError, lzma.LZMAError):
            pass


@reader
def digests(m):
    for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s", "shake_128"):
        h = hashlib.new(name, m)
        h.update(m)
    h = hashlib.blake2b(m, key=memoryview(m).cast("B")[:16], salt=memoryview(m).cast("B")[:16])
    hmac.new(bytearray(b"12"), m, "sha256").update(m)
    hmac.digest(memoryview(m).cast("B")[:20], m, "sha1")
    hmac.compare_digest(memoryview(m).cast("B")[:20], memoryview(m).cast("B")[:20])
    hashlib.pbkdf2_hmac("sha1", memoryview(m).cast("B")[:20], memoryview(m).cast("B")[:9], 2)


@reader
def text_of_bytes(m):
    good(binascii.a2b_hex(binascii.b2a_hex(m)))
    good(binascii.a2b_base64(binascii.b2a_base64(m)))
    good(binascii.a2b_qp(binascii.b2a_qp(m)), b"123")
    good(binascii.a2b_uu(binascii.b2a_uu(memoryview(m).cast("B")[:45])))
    codecs.escape_decode(m)
    bytes(memoryview(m)).hex(), memoryview(m).hex()


@reader
def codecs_(m):
    for name in ("utf-8", "ascii", "latin-1", "utf-7", "cp1252", "unicode_escape",
                 "raw_unicode_escape", "gbk", "shift_jis", "big5"):
        good(str(m, name).encode("latin-1"))
    assert len(str(m, "utf-16")) == LENGTHS[id(m)] // 2
    codecs.getincrementaldecoder("utf-8")().decode(m)
    codecs.getincrementaldecoder("gbk")().decode(m)
    codecs.utf_8_decode(m), codecs.utf_16_le_decode(m), codecs.charmap_decode(m)


@reader
def numbers(m):
    part = memoryview(m).cast("B")[200:220]
    if type(m) is bytearray:
        int(m[200:220]), float(m[200:220])
    good(str(int(part)).encode()), good(b"%d" % float(bytes(part)), b"0123456789")
    int.from_bytes(part, "big"), int.from_bytes(part, "little")


@reader
def structures(m):
    assert struct.unpack_from("4s2h", m, 8)[0].strip(b"123") == b""
    list(itertools.islice(struct.iter_unpack("<hq", memoryview(m).cast("B")[:1000]), 20))
    struct.unpack(f"{LENGTHS[id(m)]}s", m)
    array.array("h").frombytes(memoryview(m).cast("B"))
    array.array("b", bytes(m)).tobytes()


@reader
def views_of(m):
    v = memoryview(m)
    good(v.tobytes()), good(bytes(v.cast("B")[::3])), v == memoryview(m), v.cast("B") == bytes(m), v.cast("B").tolist()
    good(bytearray(m)), good(b"".join([v, v])), good(b"1" + bytes(m)), v.cast("B")[5]
    operator.eq(bytearray(10), v), b"1" in bytearray(m), b"12".translate(None, v)
    good(b"%b" % v), b"2".find(v), b"21".replace(b"2", v), b"12".strip(v), b"12".startswith(bytes(v))


@reader
def matching(m):
    assert re.match(rb"[123]+", m).end() == LENGTHS[id(m)]
    good(re.search(rb"(?:1|2|3){20}", m).group())
    re.findall(rb"12+|3", m), re.sub(rb"4|5|2+3", b"1", m), re.split(rb"23", m), re.compile(rb"2").finditer(m)
    re.sub(rb"1", memoryview(m).cast("B")[:3], b"1")


@reader
def formats(m):
    for call in (marshal.loads, pickle.loads, ElementTree.fromstring):
        try:
            call(m)
        except (ValueError, EOFError, TypeError, pickle.UnpicklingError, ElementTree.ParseError,
                KeyError, IndexError):
            pass
    parser = expat.ParserCreate()
    try:
        parser.Parse(m)
    except expat.ExpatError:
        pass
    marshal.dumps(memoryview(m)), pickle.dumps(bytearray(m))
    marshal.loads(marshal.dumps(m)) if type(m) is not mmap.mmap and type(m) is not type(cells) else None
    compile(b"1" + bytes(m)[:3], "x", "eval"), eval(memoryview(m).cast("B")[200:210])
    good(pickle.loads(pickle.dumps(pickle.PickleBuffer(bytearray(m)), 5)))


@reader
def sound(m):
    audioop.rms(m, 2), audioop.add(m, m, 2), audioop.lin2ulaw(m, 2), audioop.cross(m, 2), audioop.minmax(m, 1)


@reader
def c_types(m):
    x = (ctypes.c_char * 64)()
    x.raw = memoryview(m).cast("B")[:64]
    good(x.raw)
    good(ctypes.c_uint64.from_buffer_copy(m, 8).value.to_bytes(8, "little"))


@reader
def databases(m):
    db = sqlite3.connect(":memory:")
    db.execute("create table t(x)")
    db.execute("insert into t values(?)", (memoryview(m),))
    good(db.execute("select x from t").fetchone()[0])
    db.execute("insert into t values(zeroblob(100))")
    with db.blobopen("t", "x", 2) as blob:
        blob.write(memoryview(m).cast("B")[:50])
        blob[50:100] = memoryview(m).cast("B")[:50]
        blob[0:20:2] = memoryview(m).cast("B")[:10]
        blob.seek(0)
        good(blob.read())
    try:
        db.deserialize(m)
        db.execute("select * from t")
    except sqlite3.DatabaseError:
        pass
    db.close()


# ---- what goes to the kernel and comes from there ----

@reader
def sent(m):
    a, b = socket.socketpair()
    with a, b:
        a.settimeout(5), b.settimeout(5)
        a.send(m), a.sendall(m), a.sendmsg([m, memoryview(m).cast("B")[:10]])
        for _ in range(3):
            good(b.recv(SIZE))
    r, w = os.pipe()
    with open(r, "rb", buffering=0) as into, open(w, "wb", buffering=0) as out:
        os.write(w, m), good(os.read(r, 2 * SIZE)), os.writev(w, [m, m]), good(os.read(r, 4 * SIZE))
        out.write(m), good(into.read(SIZE))
    with tempfile.TemporaryFile() as f:
        f.write(m), f.flush(), f.seek(0), os.pwrite(f.fileno(), m, 3)
        good(f.read())
    io.BytesIO(m).read(), io.BytesIO().write(m), io.TextIOWrapper(io.BytesIO(m)).read()
    ssl.MemoryBIO().write(m), ssl.RAND_add(m, 1.0)


def received(m):
    """Digits are written to what others read and write."""
    v = memoryview(m).cast("B")
    if v.readonly:
        return
    a, b = socket.socketpair()
    text = b"123" * (len(v) // 3)
    with a, b:
        a.settimeout(5), b.settimeout(5)
        for call in (b.recv_into, b.recvfrom_into, lambda v: b.recvmsg_into([v[:9], v[9:]])):
            a.sendall(text)
            call(v)
            b.setblocking(False)
            try:
                b.recv(SIZE)
            except BlockingIOError:
                pass
            b.settimeout(5)
    with tempfile.TemporaryFile() as f:
        f.write(text * 3), f.seek(0)
        assert (f.readinto(v) == len(v) and f.readinto1(v[:100])
                and os.preadv(f.fileno(), [v[:10], v[10:]], 0) == len(v))
        with open(f.fileno(), "rb", buffering=0, closefd=False) as raw:
            raw.seek(0), raw.readinto(v), os.lseek(raw.fileno(), 0, 0), os.readv(raw.fileno(), [v])
    io.BytesIO(text).readinto(v), io.BufferedReader(io.BytesIO(text)).readinto(v)
    struct.pack_into("5s", v, 20, b"12312")
    good(v)


@reader
def maps(m):
    """All threads move one position."""
    part = memoryview(m).cast("B")[:100]
    mapped.seek(0)
    for call in (mapped.read, lambda n: mapped.readline(), lambda n: mapped[:n],
                 lambda n: mapped[5:5 + n:2], lambda n: mapped[n:n + 1]):
        assert not call(100).strip(b"123")
    mapped.find(b"333"), mapped.rfind(part[:4])
    expect(ValueError, lambda: (mapped.seek(0), mapped.write(part), mapped.read_byte(),
                                mapped.write_byte(0x31)))
    mapped[300:400] = part
    mapped[400:500:2] = part[:50]
    assert mapped[3] in b"123"


LENGTHS = {id(m): len(memoryview(m).cast("B")) for m in MEMORIES}
for memory in MEMORIES:
    good(memory)


def one_reader(read):
    """Two threads use it on memory that a third one changes."""
    stop = threading.Event()
    changing = until(stop, change)

    def use(k):
        try:
            for i in range(ROUNDS):
                read(MEMORIES[i % len(MEMORIES)])
        finally:
            stop.set()

    run(changing, lambda k: use(k), lambda k: use(k))


chosen = sys.argv[2:] or [*readers, "received"]
for name in chosen:
    one_reader(readers.get(name, received))
