"""Static methods of built-in types know no object, and say so; docstrings and fields that help()
shows."""
import inspect
import io
import pickle

for type_, parameters in (str, 3), (bytes, 2), (bytearray, 2):
    method = type_.maketrans
    assert method.__self__ is None and method.__qualname__ == type_.__name__ + ".maketrans"
    assert repr(method).startswith("<built-in method maketrans of type object at 0x"), repr(method)
    assert pickle.loads(pickle.dumps(method))(type_(b"a" if type_ is not str else "a"),
                                              type_(b"b" if type_ is not str else "b"))
assert list(inspect.signature(bytes.maketrans).parameters) == ["frm", "to"]
assert (len.__self__.__name__ == "builtins" and dict.fromkeys.__self__ is dict
        and [].append.__self__ == [])

assert UnicodeTranslateError("text", 0, 1, "reason").encoding is None
for method in (io.BytesIO.__sizeof__, io.BytesIO.__getstate__, io.StringIO.__getstate__,
               io.BufferedReader.__sizeof__):
    assert inspect.getdoc(method), method
