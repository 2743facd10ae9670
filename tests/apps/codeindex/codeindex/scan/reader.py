"""Reads a source as text: byte order mark, coding line, newlines."""
import re

from ..errors import SourceError

BOM = b"\xef\xbb\xbf"
coding_line = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)").match
blank_line = re.compile(rb"^[ \t\f]*(?:[#\r\n]|$)").match


def encoding_of(data):
    if data.startswith(BOM):
        return "utf-8-sig"
    first, _, rest = data[:400].partition(b"\n")
    found = coding_line(first)
    if not found and blank_line(first):
        found = coding_line(rest.partition(b"\n")[0])
    return found.group(1).decode("ascii") if found else "utf-8"


def read_source(path):
    """The text of a source file with newlines as \\n."""
    try:
        with open(path, "rb") as f:
            data = f.read()
        text = data.decode(encoding_of(data))
    except (OSError, UnicodeDecodeError, LookupError) as e:
        raise SourceError(path, e) from e
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text
