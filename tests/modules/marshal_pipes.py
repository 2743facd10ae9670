"""marshal.load() reads no more of a file than the value takes."""
import io
import marshal
import os

values = [1.0, 2 ** 100, "text", "\u20ac", b"bytes" * 30000, [1, (2, 3), {"a": None}], {4}, ...]
code = compile("def f(x, y=2):\n    return [x + i for i in range(y)]\n", "<program>", "exec")
r, w = os.pipe()
with open(r, "rb", buffering=0) as source:
    for v in values:
        data = marshal.dumps(v)
        for start in range(0, len(data), 4096):  # a pipe takes that much without a reader
            if len(data) > 4096:
                break
            os.write(w, data[start:start + 4096])
        else:
            assert marshal.load(source) == v
    os.write(w, marshal.dumps(code))
    names = {}
    exec(marshal.load(source), names)
    assert names["f"](1, 3) == [1, 2, 3]
os.close(w)

file = io.BytesIO(b"".join(marshal.dumps(v) for v in values) + b"rest")
assert [marshal.load(file) for _ in values] == values and file.read() == b"rest"
for v in values:
    data = marshal.dumps(v)
    for end in {0, len(data) // 2, len(data) - 1} - {len(data)}:
        try:
            marshal.load(io.BytesIO(data[:end]))
        except EOFError:
            pass
        else:
            raise AssertionError((v, end))
try:
    marshal.load(io.BytesIO(b"s\xff\xff\xff\x7fdata"))  # 2 GB that are not there
except EOFError:
    pass
