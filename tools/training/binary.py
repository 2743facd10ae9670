"""Bytes and what looks into them: packets, checksums, tables, encodings, wide text."""
import array
import base64
import binascii
import bz2
import codecs
import gzip
import hashlib
import hmac
import io
import lzma
import struct
import unicodedata
import uuid
import zlib

NAMES = ["Zoë", "Łukasz", "Ελένη", "Борис", "美咲", "ناصر", "Ana", "😀 face"]


def packets():
    stream = bytearray()
    for i in range(40):
        body = b"%04d:%s" % (i, b"payload " * (i % 5))
        stream += struct.pack(">HBI", len(body), i & 7, zlib.crc32(body)) + body
    at, good = 0, 0
    view = memoryview(stream)
    while at < len(stream):
        size, kind, check = struct.unpack_from(">HBI", stream, at)
        body = bytes(view[at + 7:at + 7 + size])
        head, _, rest = body.partition(b":")
        good += check == zlib.crc32(body) and head.isdigit() and rest.strip().count(b"pay") == int(head) % 5
        at += 7 + size
    return (good, stream[7:12], stream.hex()[:20], stream.find(b"0039"),
            b"|".join(bytes(stream).split(b":"))[-5:])


def lines():
    data = b"".join(b"key%d = value %d\r\n" % (i, i * i) for i in range(60))
    pairs = {}
    for line in io.BytesIO(data):
        key, value = line.rstrip(b"\r\n").split(b" = ")
        pairs[key.upper()] = value.replace(b"value", b"v").title()
    whole = data.splitlines()
    text = data.decode("ascii")
    return (len(pairs), data.startswith(b"key0"), data.endswith((b"\n", b"\r")),
            data.rfind(b"key5"), b"KEY7" in pairs,
            data == text.encode(), whole[3:9:2], data[::-1][:4], data[:10] * 3 + data[10:],
            data.translate(None, b"aeiou")[:9],
            data.rsplit(b"\n", 2)[0][-3:], data.ljust(2000, b".")[-2:], b"a" < data, hash(data),
            data.index(b"="), bytes(300))


def changes():
    a = bytearray(b"abc")
    for i in range(50):
        a.append(i)
        a.extend((i, 255 - i))
        a[i] = 7
        a[1:3] = b"xyz"
    del a[5:9]
    a.insert(0, a.pop())
    a.reverse()
    copied = a.copy() + b"!" + bytes(a)
    numbers = array.array("I", range(50))
    numbers.extend([1, 2, 3])
    numbers[3:5] = array.array("I", [9])
    rest = numbers.tobytes()
    back = array.array("I")
    back.frombytes(rest)
    cells = memoryview(rest).cast("I")
    return (len(copied), a.count(7), a.decode("latin-1")[:3], back == numbers, sum(cells),
            cells.tolist()[4], list(back)[5],
            int.from_bytes(rest[:8], "little"), (2**40).to_bytes(8, "big"), bytes([1, 2, 3]),
            bytearray(9), numbers.index(9),
            bytes(numbers[2:4]), list(rest), cells[3:9].tobytes(), struct.unpack("<10I", rest[:40]),
            [x for x in rest])


def encodings():
    out = []
    for name in NAMES:
        for codec in ("utf-8", "utf-16", "utf-32-le"):
            out.append(name.encode(codec).decode(codec) == name)
        out.append(name.encode("ascii", "replace"))
        out.append(name.encode("latin-1", "xmlcharrefreplace"))
        out.append(unicodedata.normalize("NFKD", name).casefold())
        out.append([unicodedata.category(c) + unicodedata.name(c, "?")[:5] for c in name])
        wide = (name + " ") * 6
        out += [wide.upper(), wide.split(), wide.find("a"), wide[::2], wide[3:],
                wide.replace("a", "bb"), wide.strip(),
                wide + name, wide == wide[:], sorted(wide), hash(wide), wide.title(),
                wide.count(" "), wide.center(80)]
        out.append("|".join([name, wide]).partition("|")[2].rsplit(" ", 1))
        out.append(f"{name:>12}{name!r}{name!a}" + "%s%r%c" % (name, name, name[0]))
    return len(out), codecs.lookup("utf8").name, codecs.encode("secret", "rot13")


def digests():
    data = b"some data " * 20
    out = [hashlib.new(name, data).hexdigest() for name in ("md5", "sha1", "sha256", "sha512",
                                                            "sha3_256", "blake2b", "blake2s")]
    out.append(hmac.new(b"key", data, "sha256").digest())
    for packer in (zlib, gzip, bz2, lzma):
        out.append(packer.decompress(packer.compress(data)) == data)
    out += [base64.b64decode(base64.b64encode(data)) == data, base64.urlsafe_b64encode(data),
            base64.b32encode(data[:9]),
            base64.b16encode(data[:9]), binascii.unhexlify(binascii.hexlify(data)),
            zlib.adler32(data)]
    out += [uuid.uuid4().hex, str(uuid.uuid5(uuid.NAMESPACE_DNS, "example.org")),
            uuid.UUID(int=5).bytes]
    return out


def run():
    for i in range(60):
        packets(), lines(), changes(), encodings()
        if i % 6 == 0:
            digests()


run()
