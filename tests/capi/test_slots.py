"""Each slot of a type is called by the operation it is for: tests/capi/slots.c."""
import asyncio
import gc
import operator

from _build import build

build("slots.c")
from slots import Derived, Descriptor, Every, Old, Sequence, log, same_slots


def logged(f, *args):
    """What f returned and what the slots wrote."""
    log.clear()
    result = f(*args)
    return result, list(log)


_, written = logged(Every, 1, "two")
assert written == [("tp_new", (1, "two")), ("tp_alloc", (0,)), ("tp_init", (1, "two"))], written
every = Every(5)
assert every.ask() == every.held == every.raw == (5,)
assert same_slots(Every) == []

BINARY = {"add": "add", "sub": "subtract", "mul": "multiply", "mod": "remainder",
          "lshift": "lshift", "rshift": "rshift",
          "and_": "and", "xor": "xor", "or_": "or", "floordiv": "floor_divide",
          "truediv": "true_divide",
          "matmul": "matrix_multiply"}
operand = [1]
for name, slot in BINARY.items():
    assert logged(getattr(operator, name), every, operand) == (every,
                                                               [("nb_" + slot, (operand,))]), name
    if name not in ("add", "mul"):  # list has its own
        result, written = logged(getattr(operator, name), operand, every)
        assert (result, written) == (operand, [("nb_" + slot, (operand,))]), (name, result, written)
    inplace = getattr(operator, "i" + name.rstrip("_"))
    assert logged(inplace, every, operand) == (every, [("nb_inplace_" + slot, (operand,))]), name
assert logged(divmod, every, operand) == (every, [("nb_divmod", (operand,))])
assert logged(operator.pow, every, 2) == (every, [("nb_power", (2, None))])
assert logged(pow, every, 2, 3) == (every, [("nb_power", (2, 3))])
assert logged(operator.ipow, every, 2) == (every, [("nb_inplace_power", (2, None))])
for f, slot in ((operator.neg, "nb_negative"), (operator.pos, "nb_positive"), (abs, "nb_absolute"),
                (operator.invert, "nb_invert")):
    assert logged(f, every) == (every, [(slot, ())]), slot
for f, slot, value in ((int, "nb_int", 41), (operator.index, "nb_index", 42),
                       (float, "nb_float", 4.5), (bool, "nb_bool", False),
                       (len, "mp_length", 7), (str, "tp_str", "str of it"),
                       (repr, "tp_repr", "repr of it"),
                       (hash, "tp_hash", 4711), (iter, "tp_iter", every)):
    assert logged(f, every) == (value, [(slot, ())]), slot
assert logged(list, every)[0] == []
assert logged(next, every, "end") == ("end", [("tp_iternext", ())])

assert logged(operator.getitem, every, "k") == (every, [("mp_subscript", ("k",))])
assert logged(operator.setitem, every, "k", 1)[1] == [("mp_ass_subscript", ("k", 1))]
assert logged(operator.delitem, every, "k")[1] == [("mp_ass_subscript", ("k",))]
assert logged(getattr, every, "virtual") == (3, [("tp_getattro", ("virtual",))])
assert logged(setattr, every, "x", 1)[1] == [("tp_setattro", ("x", 1))]
assert logged(delattr, every, "x")[1] == [("tp_setattro", ("x",))]
for f, op, value in ((operator.lt, 0, False), (operator.le, 1, False), (operator.eq, 2, True),
                     (operator.gt, 4, False), (operator.ge, 5, False)):
    assert logged(f, every, operand) == (value, [("tp_richcompare", (operand, op))]), op
assert logged(operator.ne, every, operand) == (True, [])
assert every(1, a=2) == ((1,), {"a": 2}) and every() == ((), None)

with memoryview(every) as view:
    assert bytes(view) == b"buffer" and view.readonly
assert log[-1] == ("bf_releasebuffer", (6,)) and ("bf_getbuffer", (0,)) in log
log.clear()


async def wait():
    return await every


coroutine = wait()
log[:] = ["yielded"]
assert coroutine.send(None) == "yielded"  # am_await gave an iterator of the log
coroutine.close()


async def each():
    return [x async for x in every]


log.clear()
try:
    asyncio.run(asyncio.wait_for(each(), 0.2))
except (asyncio.TimeoutError, TypeError, RuntimeError, AttributeError):
    pass  # what __anext__ gave awaits the log's entries, which nobody can wait for
assert ("am_aiter", ()) in log and ("am_anext", ()) in log, log


def delegate():
    return (yield from every)


generator = delegate()
log.clear()
try:
    next(generator)
except StopIteration as e:
    assert e.value is None
assert ("tp_iter", ()) in log and ("am_send", (None,)) in log, log


class Owner:
    field = Descriptor()


owner = Owner()
assert (owner.field == ("tp_descr_get", owner, Owner) and Owner.field
        == ("tp_descr_get", None, Owner))
log.clear()
owner.field = 7
del owner.field
assert log == [("tp_descr_set", (7,)), ("tp_descr_set", (None,))]

sequence = Sequence()
assert isinstance(sequence, object) and Sequence.__base__ is object
assert len(sequence) == 3 and list(sequence) == [0, 10, 20] and sequence[-1] == 20
assert logged(operator.add, sequence, operand) == (sequence, [("sq_concat", (operand,))])
assert logged(operator.iadd, sequence, operand) == (sequence, [("sq_inplace_concat", (operand,))])
assert logged(operator.mul, sequence, 4) == (sequence, [("sq_repeat", (4,))])
assert logged(operator.imul, sequence, 4) == (sequence, [("sq_inplace_repeat", (4,))])
assert logged(operator.contains, sequence, "x") == (True, [("sq_contains", ("x",))])
log.clear()
sequence[0] = "a"
del sequence[1]
assert log == [("sq_ass_item", (0, "a")), ("sq_ass_item", (1,))], log
match sequence:
    case [a, b, c]:
        assert (a, b, c) == (0, 10, 20)
    case _:
        raise AssertionError("Py_TPFLAGS_SEQUENCE")

# a base's slot, called by name for an object of a derived type, is the base's
for cls in Derived, type("Child", (Derived,), {}):
    (derived, written) = logged(cls, 1)
    assert written == [("derived_init", (1,))], written
    assert logged(Sequence.__init__, derived, 2) == (None, [("sequence_init", (2,))])
    assert logged(super(Derived, derived).__init__, 3) == (None, [("sequence_init", (3,))])
    assert derived[2] == 102 and Sequence.__getitem__(derived, 2) == 20 and derived[1] == 101
    assert derived + 1 == ("derived", derived, 1)
    assert logged(Sequence.__add__, derived, operand) == (derived, [("sq_concat", (operand,))])
    try:
        Sequence.__getitem__(derived, "no index")
    except TypeError:
        pass
    assert derived[2] == 102

old = Old()
assert old.anything == "anything" and not hasattr(old, "missing")
log.clear()
old.x = 1
del old.x
assert log == [("tp_setattr", ("x", 1)), ("tp_setattr", ("x", None))]

for _ in range(3):
    cycle = Every()
    Every(cycle)
    del cycle
gc.collect()
