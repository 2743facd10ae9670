"""Writing archives: members in a fixed order with fixed times and modes, behind a first line or an
interpreter."""
import io
import os
import stat
import sys
import tempfile
import zipfile

from typhon.pack import seal
from typhon.pack.common import PackError, read
from typhon.pack.elf import stripped

MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest a zip archive can express
MARK = b"typhon-packed-application: "  # core/runtime/packed.c


def add_member(archive, name, data, method):
    info = zipfile.ZipInfo(name, MOMENT)
    info.compress_type = method
    info.external_attr = ((stat.S_IFDIR | 0o755) << 16 | 0x10 if name.endswith("/")
                          else (stat.S_IFREG | 0o644) << 16)
    archive.writestr(info, data)


def zip_bytes(front, entries, method):
    """What comes first, then the archive of a dict name -> bytes; extension modules are not
    compressed."""
    buffer = io.BytesIO()
    buffer.write(front)
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(entries):
            add_member(archive, name, entries[name], zipfile.ZIP_STORED if ".so" in name
                       else method)
    return buffer.getvalue()


def sealed(data, signer):
    """The archive `data` with a seal; signer: None, or who signs it."""
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        start = archive.start_dir
        offsets = [info.header_offset for info in archive.infolist()]
        add_member(archive, seal.NAME, seal.table(data[:start], offsets), zipfile.ZIP_STORED)
        directory = archive.start_dir
        archive.comment = bytes(seal.COMMENT_SIZE)
    whole = buffer.getvalue()[:-seal.COMMENT_SIZE]
    return whole + seal.comment(whole, start, directory, signer)


def packed_interpreter(for_all):
    """The bytes of the running interpreter, told that an archive follows; for_all: that it takes
    other programs, too."""
    data = stripped(read("/proc/self/exe"))
    at = data.find(MARK + b"no!\0")
    if at < 0:
        raise PackError(f"{sys.executable}: this interpreter cannot carry an archive")
    end = at + len(MARK)
    return data[:end] + (b"all" if for_all else b"yes") + data[end + 3:]


def write_program(output, data):
    """Write the file under a temporary name and rename it."""
    folder = os.path.dirname(os.path.abspath(output))
    temporary = None
    try:
        if os.path.isdir(output):
            raise IsADirectoryError(21, "Is a directory", output)
        handle, temporary = tempfile.mkstemp(prefix=".pack-", dir=folder)
        with open(handle, "wb") as f:
            f.write(data)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o777 & ~mask)
        os.replace(temporary, output)
    except OSError as e:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise PackError(f"{output}: {e.strerror}") from e
