"""Bytecode that a compiler never writes is refused before it runs."""
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
at = 4 * [word for word in code[::4]].index(dis.opmap["JUMP_BACK"])
jump = int.from_bytes(code[at + 4:at + 8], "little", signed=True)
code[at + 4:at + 8] = (jump - 1).to_bytes(4, "little", signed=True)
refused(generate, code, "a generator that runs starts again")
