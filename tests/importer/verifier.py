"""Bytecode that a compiler never writes is refused before it runs, or does what it says."""
import dis
import sys

if sys.implementation.name != "typhon":
    sys.exit(77)  # the reference does not check bytecode


def refused(function, patched, why):
    try:
        function.__code__.replace(co_code=bytes(patched))
    except ValueError as e:
        assert why in str(e), e
    else:
        raise AssertionError(f"accepted; expected: {why}")


def generate(n):
    while n:
        n = yield n


# a jump back to where the generator is made
code = bytearray(generate.__code__.co_code)
assert code[0] == dis.opmap["RETURN_GENERATOR"]
at = 4 * [word for word in code[::4]].index(dis.opmap["JUMP_BACKWARD"])
jump = int.from_bytes(code[at + 4:at + 8], "little", signed=True)
code[at + 4:at + 8] = (jump - 1).to_bytes(4, "little", signed=True)
refused(generate, code, "a generator that runs starts again")


def delegate():
    yield from 5


# delegating to what is no iterator
code = bytearray(delegate.__code__.co_code)
assert code.count(dis.opmap["GET_YIELD_FROM_ITER"]) == 1
code[code.index(dis.opmap["GET_YIELD_FROM_ITER"])] = dis.opmap["MOVE"]
delegate.__code__ = delegate.__code__.replace(co_code=bytes(code))
try:
    next(delegate())
except (TypeError, AttributeError):
    pass
else:
    raise AssertionError("5 is no iterator")


def star():
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError:
        pass


# a list of what except* raised that has something else in it
code = bytearray(star.__code__.co_code)
places = [i for i in range(0, len(code), 4) if code[i] == dis.opmap["LIST_APPEND"]]
code[places[-1] + 2] = code[places[-1] + 1]
star.__code__ = star.__code__.replace(co_code=bytes(code))
try:
    star()
except TypeError as e:
    assert "must derive from BaseException" in str(e)
else:
    raise AssertionError("a list is no exception")
