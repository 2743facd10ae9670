"""What archives may look like: what the reader accepts, and what it refuses since it can be read in
two ways."""
import io
import os
import shutil
import struct
import sys
import tempfile
import warnings
import zipfile
import zipimport

from _trees import make

warnings.simplefilter("ignore")  # of zipfile: double names
os.chdir(os.path.realpath(tempfile.mkdtemp()))
OURS = sys.implementation.name == "typhon"  # the reference accepts most of what is refused here
number = 0


def zipped(*members, method=zipfile.ZIP_STORED, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as z:
        for name, data in members:
            z.writestr(name, data)
        z.comment = comment
    return buffer.getvalue()


def importer(data):
    global number
    number += 1
    name = f"a{number}.zip"
    make({name: data})
    return zipimport.zipimporter(name)


def refused(data, message, read=None):
    try:
        z = importer(data)
        if read:
            z.get_data(read)
    except zipimport.ZipImportError as e:
        assert not OURS or message in str(e), (str(e), message)
    else:
        assert not OURS, message


def patched(data, at, new):
    assert at >= 0
    return data[:at] + new + data[at + len(new):]


# accepted: both methods, something before the archive, a comment, names of each kind, sizes behind
# the data, folders
plain = zipped(("m.py", "x = 1\n"), ("d/", ""), ("d/data", b"1" * 3000))
packed = zipped(("m.py", "x = 1\n"), ("d/", ""), ("d/data", b"1" * 3000),
                method=zipfile.ZIP_DEFLATED)
for data in (plain, packed, b"#!/usr/bin/env python\n" + packed,
             zipped(("m.py", "x = 1\n"), ("d/data", b"1" * 3000), comment=b"text PK")):
    z = importer(data)
    assert (z.get_source("m") == "x = 1\n" and z.get_data("d/data") == b"1" * 3000
            and not z.is_package("m"))
    assert (z.get_data(os.path.join(z.archive, "m.py")) == b"x = 1\n"
            and sorted(z._files)[-1] == "m.py")
    assert z._files["m.py"][3] == 6 and z.get_filename("m") == os.path.join(z.archive, "m.py")
    namespace = {}
    exec(z.get_code("m"), namespace)
    assert namespace["x"] == 1 and not hasattr(z._files, "nothing")
for error, call in ((OSError, lambda: z.get_data("gone")),
                    (zipimport.ZipImportError, lambda: z.get_code("gone")),
                    (zipimport.ZipImportError, lambda: z.is_package("gone")),
                    (TypeError, lambda: zipimport.zipimporter(b"x")),
                    (zipimport.ZipImportError, lambda: zipimport.zipimporter("")),
                    (zipimport.ZipImportError, lambda: zipimport.zipimporter(".")),
                    (AttributeError, lambda: zipimport.zipimporter.__new__(zipimport.zipimporter).get_code("m"))):
    try:
        call()
    except error:
        pass
    else:
        raise AssertionError(call)

odd = importer(zipped(("na\u00efve.py", "x = 2\n"), ("\u4f60.py", "x = 3\n")))
assert odd.get_source("na\u00efve") == "x = 2\n" and odd.get_source("\u4f60") == "x = 3\n"
old = zipped(("nXve.py", "x = 4\n")).replace(b"nXve.py", b"n\x8bve.py")
assert (list(importer(old)._files) == ["n\u00efve.py"] and importer(old).get_source("n\u00efve")
        == "x = 4\n")


class Pipe(io.RawIOBase):
    """Cannot go back: zipfile writes the sizes behind the data."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


pipe = Pipe()
with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("m.py", "x = 5\n")
assert importer(pipe.data).get_source("m") == "x = 5\n"

wide = io.BytesIO()
with zipfile.ZipFile(wide, "w") as archive:
    with archive.open("m.py", "w", force_zip64=True) as f:
        f.write(b"x = 6\n")
assert importer(wide.getvalue()).get_source("m") == "x = 6\n"
if OURS:  # the reference does not read ZIP64
    many = zipped(*((f"m{i}.py", "") for i in range(66000)))
    assert importer(many).get_source("m65999") == "" and len(importer(many)._files) == 66000
    end64 = many.rindex(b"PK\x06\x06")
    refused(patched(many, end64 + 24, struct.pack("<Q", 65999)), "corrupt Zip file")
    refused(patched(many, many.rindex(b"PK\x06\x07") + 8, bytes(8)), "corrupt Zip file")
    # the directory's sizes are behind the name, too: of a method that is not known they would do
    unknown = zipped(("m.py", "x = 1\n"))
    at = unknown.index(b"PK\x01\x02")
    for size in (1 << 62) - 1, 1 << 62, 1 << 63, (1 << 64) - 1:
        entry = unknown[at:at + 50] + struct.pack("<HHQ", 1, 8, size)
        entry = patched(patched(patched(entry, 10, b"\1\0"), 24, b"\xff" * 4), 30,
                        struct.pack("<H", 12))
        changed = unknown[:at] + entry + patched(unknown[at + 50:], 12, struct.pack("<L", 62))
        if size < 1 << 62:
            assert importer(changed)._files["m.py"][3] == size
        else:
            refused(changed, "bad sizes of a member")

# the archive stays the one that was indexed; invalidate_caches() looks again
keep = importer(plain)
shutil.copy(keep.archive, "copy.zip")
make({"new.zip": zipped(("other.py", ""))})
os.replace("new.zip", keep.archive)
if OURS:
    assert keep.get_source("m") == "x = 1\n"
keep.invalidate_caches()
assert list(keep._files) == ["other.py"]
os.remove(keep.archive)
keep.invalidate_caches()
assert (not keep._files and keep.find_spec("other") is None
        and keep.archive not in zipimport._zip_directory_cache)

# refused: two end records, a directory of another size or number of entries, bytes behind the end
inner = zipped(("inner.py", ""))
both = zipped(("outer.py", ""), comment=inner)
end = plain.rindex(b"PK\x05\x06")
refused(both, "more than one end record")
refused(patched(plain, end + 8, struct.pack("<HH", 2, 2)), "bad central directory")
refused(patched(plain, end + 8, struct.pack("<HH", 4, 4)), "bad central directory")
refused(patched(plain, end + 12, struct.pack("<L", 10)), "bad central directory")
refused(patched(plain, end + 4, b"\1"), "in several parts")
refused(plain + b"\0", "corrupt Zip file")
refused(plain[:-1], "Zip file")
refused(b"", "can't read Zip file")
refused(b"x" * 100, "not a Zip file")

# names
for name in ("/m.py", "../m.py", "a/../m.py", "a/.."):
    refused(zipped((name, "")), "bad name")
for name in ("..m.py", "a/..b/m.py", "a../m.py", "./m.py"):
    assert list(importer(zipped((name, "")))._files)
refused(zipped(("nXm.py", "")).replace(b"nXm.py", b"n\0m.py"), "bad name")
refused(zipped(("m.py", "a"), ("m.py", "b")), "double name")

# local headers that say something else
for field, new in ((6, b"\1"), (8, b"\x08"), (14, b"\0\0\0\0"), (18, b"\0\0\0\0"),
                   (22, b"\1\0\0\0"), (26, b"\3"), (30, b"n")):
    refused(patched(plain, field, new), "local header and directory differ", "m.py")
refused(patched(plain, 0, b"X"), "bad local file header", "m.py")
entry = plain.index(b"PK\x01\x02")
refused(patched(plain, entry + 42, b"\xff\xff\0\0"), "bad local header offset")
refused(patched(plain, entry + 24, b"\xff\xff\xff\x0f"), "bad sizes")

# data: checksums, sizes that cannot be or are not so, what unpacks to something else
text = plain.index(b"x = 1")
refused(patched(plain, text, b"y"), "bad CRC-32 of 'a", "m.py")
entry = packed.index(b"d/data", packed.index(b"PK\x01\x02")) - 46
refused(patched(packed, entry + 24, struct.pack("<L", 1 << 30)), "bad sizes")
if OURS:  # no member takes more than 1 GB of memory
    huge = zipped(("m.py", os.urandom(1 << 20) * 2), method=zipfile.ZIP_DEFLATED)
    refused(huge.replace(struct.pack("<L", 2 << 20), struct.pack("<L", (1 << 30) + 1)),
            "too large a member", "m.py")
for size in (2999, 3001):
    both_places = packed.replace(struct.pack("<L", 3000), struct.pack("<L", size))
    refused(both_places, "bad deflated data", "d/data")
shutil.rmtree(os.getcwd())
