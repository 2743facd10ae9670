"""Small reads and writes of buffered files, which take the bytes that are at hand: what else may be the case."""
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "file")
with open(path, "wb") as f:
    assert f.write(b"first\n") == 6 and f.write(b"second\n") == 7 and f.write(b"") == 0
    assert f.write(bytearray(b"third")) == 5 and f.write(b"!" * 20000) == 20000 and f.tell() == 20018
    assert f.write(b"x") == 1
with open(path, "rb") as f:
    assert f.read(0) == b"" and f.read(2) == b"fi" and f.readline() == b"rst\n" and f.read(3) == b"sec"
    assert f.readline(2) == b"on" and f.readline(-1) == b"d\n" and f.read(1) == b"t" and f.tell() == 14
    assert f.readline(None) == b"hird" + b"!" * 20000 + b"x" and f.readline() == f.read(5) == b""
    f.seek(0)
    assert next(f) == b"first\n" and f.read(True) == b"s" and f.peek(1)[:1] == b"e"
    try:
        f.read(-2)
    except ValueError as e:
        assert "non-negative" in str(e), e
    else:
        raise AssertionError
    assert f.read(1) == b"e"

# what was written is read again, and the other way around
with open(path, "r+b") as f:
    assert f.read(2) == b"fi" and f.write(b"R") == 1 and f.read(2) == b"st" and f.write(b"\nnew") == 4
    assert f.readline() == b"ond\n" and f.seek(0) == 0 and f.read(9) == b"fiRst\nnew" and f.write(b"") == 0
    f.seek(0)
    f.write(b"12")
    f.write(b"34")
    f.seek(1)
    f.write(b"x")
    assert f.tell() == 2 and f.read(3) == b"34t"
assert open(path, "rb").readline() == b"1x34t\n"

# a closed file takes nothing, not even behind what waits already
f = open(path, "wb")
f.write(b"waits")
f.close()
try:
    f.write(b"x")
except ValueError:
    pass
else:
    raise AssertionError
assert open(path, "rb").read() == b"waits"
os.remove(path)
os.rmdir(os.path.dirname(path))
