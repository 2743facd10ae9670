"""Fields of one exception that a thread sets to anything and deletes, while others show and copy it."""
import pickle

import _util

ERRORS = {
    "OSError": (lambda: OSError(2, "text", "one", None, "two"), ("errno", "strerror", "filename", "filename2")),
    "encode": (lambda: UnicodeEncodeError("name", "text\u20ac", 4, 5, "reason"), ("encoding", "object", "reason")),
    "decode": (lambda: UnicodeDecodeError("name", b"text", 0, 1, "reason"), ("encoding", "object", "reason")),
    "translate": (lambda: UnicodeTranslateError("text", 0, 1, "reason"), ("object", "reason")),
}
# the reference looks at the object of such an error as text without a question
VALUES = {"object": ("", "abc"), "errno": (1, "x"), None: ("abc", 5, b"bytes", None)}


def change(n, error, names):
    name = names[n % len(names)]
    values = VALUES.get(name, VALUES[None])
    if n % 3 or name == "object":
        setattr(error, name, values[n % len(values)])
    else:
        try:
            delattr(error, name)
        except (AttributeError, TypeError):
            pass


def show(error):
    for act in (str, repr, pickle.dumps):
        _util.expect((AttributeError, TypeError), act, error)


for make, names in ERRORS.values():
    error = make()
    _util.watch(lambda n: change(n, error, names), lambda: show(error), 2000, most=50_000)

print("ok")
