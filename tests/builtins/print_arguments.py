"""print takes its arguments as they are handed over: any number, by whatever call, with each of the
keywords, and with wrong ones."""
import functools
import inspect
import io
import sys


class Log:
    def __init__(self, on_write=lambda: None):
        self.written, self.flushed, self.on_write = [], 0, on_write

    def write(self, text):
        self.written.append(text)
        self.on_write()

    def flush(self):
        self.flushed += 1


def shown(*args, **kwargs):
    out = io.StringIO()
    print(*args, file=out, **kwargs)
    return out.getvalue()


def fails(error, text, *args, **kwargs):
    try:
        print(*args, **kwargs)
    except error as e:
        assert str(e) == text, e
    else:
        raise AssertionError


for n in [*range(20), 300]:
    items = [i if i % 2 else str(i) for i in range(n)]
    assert shown(*items) == " ".join(map(str, items)) + "\n" == shown(*tuple(items))
    assert shown(*items, sep="--", end="!") == "--".join(map(str, items)) + "!"
    assert shown(*items, sep=None, end=None) == shown(*items, sep=" ", end="\n", flush=[])
    log = Log()
    print(*items, file=log, sep="\xe9", flush=n % 2)
    assert log.flushed == n % 2 and log.written[-1] == "\n" and len(log.written) == max(2 * n, 1)
    functools.partial(print, *items, end="")(file=log)
    list(map(functools.partial(print, file=log), items))

# what is written may change what the arguments came from
items = ["a", "b", "c"]
log = Log(items.clear)
print(*items, file=log)
assert log.written == ["a", " ", "b", " ", "c", "\n"] and items == []
options = {"sep": "+", "end": ""}
log = Log(options.clear)
print(1, 2, file=log, **options)
assert log.written == ["1", "+", "2", ""]

kept, sys.stdout = sys.stdout, io.StringIO()
try:
    print()
    print(1, "\u6f22", file=None)
    assert sys.stdout.getvalue() == "\n1 \u6f22\n"
    sys.stdout = None
    print("nowhere", end="x")
    del sys.stdout
    fails(RuntimeError, "lost sys.stdout")
finally:
    sys.stdout = kept
fails(TypeError, "sep must be None or a string, not int", 1, sep=1)
fails(TypeError, "end must be None or a string, not bytes", end=b"")
fails(TypeError, "'ends' is an invalid keyword argument for print()", 1, ends="")
fails(TypeError, "'x' is an invalid keyword argument for print()", 1, 2, 3, x=1, sep="")
fails(TypeError, "'x' is an invalid keyword argument for print()", 1, sep="", end="", file=None,
      flush=0, x=1)
fails(AttributeError, "'int' object has no attribute 'write'", file=1)
assert str(inspect.signature(print)) == "(*args, sep=' ', end='\\n', file=None, flush=False)"
