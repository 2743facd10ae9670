"""The parts of the C API that cases of calls.txt cannot reach: tests/capi/rest.c."""
import builtins
import contextvars
import gc
import importlib.util
import io
import sys
import traceback
import tracemalloc
import types

from _build import build

build("rest.c", "rest", "-Wno-deprecated-declarations")
import rest

same = {"AsyncGen": types.AsyncGeneratorType, "BaseObject": object,
        "CFunction": types.BuiltinFunctionType,
        "Cell": types.CellType, "ClassMethodDescr": types.ClassMethodDescriptorType,
        "Code": types.CodeType,
        "Context": contextvars.Context, "Coro": types.CoroutineType, "DictItems": type({}.items()),
        "DictKeys": type({}.keys()), "DictProxy": types.MappingProxyType,
        "DictValues": type({}.values()),
        "Ellipsis": type(...), "Enum": enumerate, "Frame": types.FrameType,
        "Function": types.FunctionType,
        "Gen": types.GeneratorType, "GetSetDescr": types.GetSetDescriptorType, "Long": int,
        "MemberDescr": types.MemberDescriptorType, "Method": types.MethodType,
        "MethodDescr": types.MethodDescriptorType,
        "Module": types.ModuleType, "TraceBack": types.TracebackType, "Unicode": str,
        "WrapperDescr": types.WrapperDescriptorType}
for name, cls in rest.all_types().items():
    if name in same:
        assert cls is same[name], name
    elif hasattr(builtins, name.lower()):
        assert cls is getattr(builtins, name.lower()), name
    else:
        assert name in ("Capsule", "InstanceMethod", "ModuleDef", "UnicodeIter"), name
for name, cls in rest.all_exceptions().items():
    assert cls is getattr(builtins, name), name

for _ in range(3):
    for test in rest.memory, rest.capsules, rest.locks, rest.buffers, rest.numbers, rest.containers:
        assert test() is None
    gc.collect()
rest.traced_memory(False)
tracemalloc.start()
gc.collect()
rest.traced_memory(True)
gc.collect()
blocks = [(trace.size, trace.domain) for trace in tracemalloc.take_snapshot().traces
          if trace.size == 1 << 20 or trace.size == 77]
assert ((1 << 20, 4711) in blocks and blocks.count((1 << 20, 4711)) == 1
        and (77, 0) in blocks), blocks
assert tracemalloc.get_traced_memory()[0] > 1 << 20
tracemalloc.stop()
assert rest.text() == ("42|str|c|ff|-7|%", b"42|str|c|ff|-7|%")
assert rest.struct_sequence()[:] == (0, 10) and rest.struct_sequence().third == 20


def traced():
    x = len("abc")
    return x


try:
    rest.frames(traced)
except KeyError as e:
    entries = [(entry.name, entry.lineno) for entry in traceback.extract_tb(e.__traceback__)]
else:
    raise AssertionError
assert entries[1:][-1] == ("made_up", 77), entries

out, err = sys.stdout, sys.stderr
sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
hook, sys.unraisablehook = (sys.unraisablehook,
                            lambda args: print("unraisable", args.exc_value, args.object,
                                               file=sys.stderr))
try:
    assert rest.errors("path") is None
finally:
    texts, sys.stdout, sys.stderr, sys.unraisablehook = (sys.stdout.getvalue(),
                                                         sys.stderr.getvalue()), out, err, hook
assert texts[0] == "out 1;'path';\n" and texts[1].endswith("err;path;\n"), texts
assert (texts[1].count("ValueError: effect 1") == 2
        and "unraisable 'unraisable' path" in texts[1]), texts[1]

assert rest.arguments(lambda *args, **kw: (args, kw)) == (((9, 9), {"k": 9}), ((9,), {"b": 7}),
                                                          ((9, 9, 9), {}), 0, 0)
spec = importlib.util.spec_from_loader("other", None)
r = rest.descriptors(spec)
assert (r[:6] == ((spec, 5), (r[6], 1), (type(r[6]), 2), 10, 5, (r[5][0], 3))
        and isinstance(r[5][0], types.ModuleType))

try:
    r[6].later()
except TypeError as e:  # the bound object is the one argument of echo()
    raise AssertionError(e)

rest.pending(False)
for _ in range(1000):
    pass
assert rest.pending(None) == 7
try:
    rest.pending(True)
    for _ in range(1000):
        pass
except KeyError as e:
    assert e.args == ("pending",)
else:
    raise AssertionError
assert rest.pending(None) == 14
