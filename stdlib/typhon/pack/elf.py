"""Reads ELF files of 64 bits: what is loaded of an executable, and which shared libraries a shared
library needs."""
import struct

LOAD, DYNAMIC = 1, 2             # types of segments
NEEDED, STRTAB, SONAME = 1, 5, 14  # tags of dynamic entries


def is_elf(data):
    return data[:6] == b"\x7fELF\2\1"


def segments(data):
    """(type, offset, address, size in the file) of each."""
    start, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    return [struct.unpack_from("<I4xQQ8xQ", data, start + i * size) for i in range(count)]


def stripped(data):
    """An executable without what is not loaded: symbols, debug information and the table of
    sections."""
    if not is_elf(data):
        return data
    end = max(offset + size for kind, offset, address, size in segments(data))
    header = bytearray(data[:64])
    struct.pack_into("<Q", header, 40, 0)
    struct.pack_into("<3H", header, 58, 0, 0, 0)
    return bytes(header) + data[64:end]


def dependencies(data):
    """(the name that a shared library gives itself or None, the names of those it needs)."""
    parts = segments(data) if is_elf(data) else []
    entries = [entry for kind, offset, address, size in parts if kind == DYNAMIC
               for entry in struct.iter_unpack("<qQ", data[offset:offset + size])]
    table = next((value for tag, value in entries if tag == STRTAB), 0)
    base = next((offset + table - address for kind, offset, address, size in parts
                 if kind == LOAD and address <= table < address + size), 0)

    def names(wanted):
        places = [base + value for tag, value in entries if tag == wanted]
        return [data[at:data.index(b"\0", at)].decode(errors="replace") for at in places]
    return next(iter(names(SONAME)), None), names(NEEDED)
