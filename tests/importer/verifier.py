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


# code without branches, which is checked in one walk: one byte of an instruction changed
class Names:
    __code__ = compile("first = 1\nsecond = first\nthird = second.bit_length", "names", "exec")


def changed(opcode, place, byte, value):
    offsets = [i.offset for i in dis.get_instructions(Names.__code__) if i.opname == opcode]
    units = bytearray(Names.__code__.co_code)
    units[2 * offsets[place] + byte] = value
    return units


for opcode, place, byte, value, why in (
        ("LOAD_INT", 0, 1, 200, "register out of range"),
        ("STORE_NAME", 1, 1, 1, "register out of range"),
        ("LOAD_INT", 0, 0, dis.opmap["NOP"], "does not hold what the instruction needs"),
        ("LOAD_ATTR", 0, 2, 3, "register out of range"),
        ("LOAD_ATTR", 0, 4, 77, "cache entry"),
        ("LOAD_CONST", 0, 2, 9, "constant out of range"),
        ("STORE_NAME", 0, 0, dis.opmap["CHECK_BOUND"], "not a local"),
        ("STORE_NAME", 0, 0, dis.opmap["LOAD_SUPER_ATTR"], "reserved opcode"),
        ("LOAD_CONST", 0, 0, 255, "malformed instruction"),
        ("RETURN_VALUE", 0, 0, dis.opmap["NOP"], "control runs off the end"),
        ("RETURN_VALUE", 0, 0, dis.opmap["YIELD_VALUE"], "yield outside of a generator"),
        ("LOAD_CONST", 0, 0, dis.opmap["MAKE_FUNCTION"], "")):
    refused(Names, changed(opcode, place, byte, value), why)

# what is behind the end is not reached, but must be instructions
units = Names.__code__.co_code + bytes([dis.opmap["RETURN_VALUE"], 0, 0, 0])
exec(Names.__code__.replace(co_code=units), {})
refused(Names, units + bytes([255, 0, 0, 0]), "malformed instruction")
