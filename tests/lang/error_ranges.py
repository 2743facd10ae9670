# What tracebacks and SyntaxErrors underline.
import subprocess
import sys
import tempfile
import traceback


def underlined(source):
    """The text that the traceback of the source's exception underlines, up to the end of its first
    line."""
    try:
        exec(compile(source, "<source>", "exec"), {})
    except Exception as e:
        frame = traceback.extract_tb(e.__traceback__)[1]
    line = source.splitlines()[frame.lineno - 1]
    return line[frame.colno:frame.end_colno if frame.end_lineno == frame.lineno else None]


# assert: the comparison that decided, the statement when none did
assert underlined("x = 1\nassert x == 2, 'text'") == "x == 2"
assert underlined("assert not 1 < 2 < 3") == "1 < 2 < 3"
assert underlined("assert 1 and 2 > 3, [\n4]") == "2 > 3"
assert underlined("assert 0, 'text'") == "assert 0, 'text'"

# for: iterator and next item belong to the statement
assert underlined("for x in map(len, [1]): pass") == "for x in map(len, [1]): pass"
assert underlined("for x in 5:\n    pass") == "for x in 5:"

# a bad bytes literal
for source, start, end in (('f(b"\xe9", 1)\n', 3, 7), ('x = b"a" b"\xe9" \n', 10, 14)):
    try:
        compile(source, "<source>", "exec")
    except SyntaxError as e:
        assert (e.offset, e.end_offset) == (start, end), e.args
    else:
        assert False, source

# tabs before the text are not shown
with tempfile.NamedTemporaryFile("w", suffix=".py") as f:
    f.write("\tx = 1\n")
    f.flush()
    out = subprocess.run([sys.executable, f.name], capture_output=True, text=True)
assert out.stderr.splitlines()[1:] == ["    x = 1", "IndentationError: unexpected indent"], out
