"""Built-in objects and pickle, protocol by protocol: what comes back, and what cannot be pickled;
sizes of all objects there are."""
import copy
import gc
import io
import itertools
import operator
import pickle
import subprocess
import sys

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
SAME = [None, ..., NotImplemented, len, int, dict.fromkeys, str.join, int.__add__, object.__new__,
        str.maketrans, (5).__add__,
        10 ** 50, 1 + 2j, "\ud800", slice(1, 2, 3), range(1, 9, 2), frozenset([1]), bytearray(b"a"),
        operator.add]
ITEMS = [lambda: iter([1, 2]), lambda: reversed([1, 2]), lambda: iter({1: 2}),
         lambda: zip([1], [2]), lambda: enumerate("ab"),
         lambda: itertools.count(3), lambda: itertools.chain([1], [2]),
         lambda: itertools.product([1, 2], [3]), lambda: iter(range(3))]
REFUSED = [type.__dict__["__dict__"], (i for i in ()), sys._getframe(), sys]

for protocol in PROTOCOLS:
    for value in SAME:
        if protocol < 2 and isinstance(value, slice):
            continue
        for dumps in pickle.dumps, pickle._dumps:
            back = pickle.loads(dumps(value, protocol))
            assert type(back) is type(value) and (back == value or repr(back) == repr(value)), (
                value, protocol)
    for make in ITEMS:
        back = pickle.loads(pickle.dumps(make(), protocol))
        assert list(itertools.islice(back, 3)) == list(itertools.islice(make(), 3)), (
            make(), protocol)
    for value in REFUSED:
        try:
            pickle.dumps(value, protocol)
            assert False, value
        except TypeError as e:
            assert str(e) == f"cannot pickle {type(value).__name__!r} object", e
try:
    copy.copy(type.__dict__["__dict__"])
except TypeError:
    pass

stream = io.BytesIO(b"ab")
assert stream.__getstate__() == (b"ab", 0, None) and io.StringIO("ab").__getstate__()[3] is None
stream.mark = 1
assert stream.__getstate__()[2] == {"mark": 1} and pickle.loads(pickle.dumps(stream)).mark == 1

for value in gc.get_objects():
    assert type(sys.getsizeof(value)) is int and sys.getsizeof(value) > 0, type(value)
done = subprocess.run([sys.executable, "-c", "import sys; sys._debugmallocstats()"],
                      capture_output=True, text=True)
assert done.returncode == 0 and done.stderr and not done.stdout

# old protocols have no bytes: each is a text and the name of a codec, which is written once
some = [b"ab", b"cd", b"", bytes(range(256))]
for protocol in PROTOCOLS:
    assert pickle.dumps(some, protocol) == pickle._dumps(some, protocol), protocol
