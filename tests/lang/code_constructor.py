"""types.CodeType() and code.replace(): the co_* attributes describe code completely, and what does
not fit is refused."""
import dis
import os
import random
import sys
import types

ORDER = ("argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename name "
         "qualname firstlineno linetable exceptiontable freevars cellvars").split()
CHECKS = sys.implementation.name == "typhon"  # the reference runs whatever it is given


def parts(code):
    return [getattr(code, "co_" + name) for name in ORDER]


def rebuilt(code):
    """The same from its attributes, with the code objects in it."""
    values = parts(code)
    values[7] = tuple(rebuilt(v) if isinstance(v, types.CodeType) else v for v in values[7])
    return types.CodeType(*values)


# every function of some modules of the library, with keywords, closures, generators, handlers
count = 0
for name in "ast.py", "argparse.py", "dataclasses.py", "asyncio/tasks.py", "typing.py":
    path = os.path.join(os.path.dirname(os.__file__), name)
    with open(path, encoding="utf-8") as f:
        code = compile(f.read(), path, "exec")
    copy = rebuilt(code)
    assert copy == code and hash(copy) == hash(code), name
    assert list(copy.co_lines()) == list(code.co_lines())
    assert list(copy.co_positions()) == list(code.co_positions())
    assert code.replace(**{"co_" + n: v for n, v in zip(ORDER, parts(code))}) == code
    if name == "dataclasses.py":
        module = sys.modules["dataclasses_copy"] = types.ModuleType("dataclasses_copy")
        exec(copy, vars(module))
        assert module.make_dataclass("P", ["x", ("y", int, 4)])(3).y == 4
    count += 1
assert count == 5


def use(a, *, b=2):
    global seen
    seen = sorted([a, b], key=abs, reverse=True)
    try:
        return f"{seen[0]}{unknown_name}"
    except NameError as e:
        return e.name


code = types.CodeType(*parts(use.__code__))
copy = types.FunctionType(code, globals(), "copy", use.__defaults__, None)
copy.__kwdefaults__ = use.__kwdefaults__
assert copy(-3) == "unknown_name" and seen == [-3, 2]
# names are meant by their index
renamed = code.replace(co_names=tuple("other_name" if n == "unknown_name" else n
                                      for n in code.co_names))
copy.__code__ = renamed
assert copy(-3) == "other_name" and renamed != code
# so are the names of keywords
keywords = [c for c in code.co_consts if c == ("key", "reverse")]
assert len(keywords) == 1
copy.__code__ = code.replace(co_consts=tuple(("key", "backwards") if c == ("key", "reverse") else c
                                             for c in code.co_consts))
try:
    copy(1)
except TypeError as e:
    assert "backwards" in str(e)
else:
    raise AssertionError("sort() knows no such keyword")


def refusal(index, value, replace=False):
    values = parts(code)
    values[index] = value
    try:
        if replace:
            code.replace(**{"co_" + ORDER[index]: value})
        else:
            types.CodeType(*values)
    except (TypeError, ValueError, OverflowError) as e:
        return f"{type(e).__name__}: {e}"
    return None


for index, value, wanted in (
        (0, -1, "ValueError: code: argcount must not be negative"),
        (1, -1, "ValueError: code: posonlyargcount must not be negative"),
        (2, -1, "ValueError: code: kwonlyargcount must not be negative"),
        (3, 99, "ValueError: code: co_nlocals != len(co_varnames)"),
        (6, "x", "TypeError: code() argument 7 must be bytes, not str"),
        (7, [], "TypeError: code() argument 8 must be tuple, not list"),
        (8, (1,), "TypeError: name tuples must contain only strings, not 'int'"),
        (9, [], "TypeError: code() argument 10 must be tuple, not list"),
        (10, b"f", "TypeError: code() argument 11 must be str, not bytes"),
        (12, 1, "TypeError: code() argument 13 must be str, not int"),
        (13, "1", "TypeError: 'str' object cannot be interpreted as an integer"),
        (14, "l", "TypeError: code() argument 15 must be bytes, not str"),
        (15, "l", "TypeError: code() argument 16 must be bytes, not str"),
        (16, [], "TypeError: code() argument 17 must be tuple, not list"),
        (17, (1,), "TypeError: name tuples must contain only strings, not 'int'")):
    assert refusal(index, value) == wanted, (ORDER[index], refusal(index, value))
for index, value, wanted in (
        (0, -1, "ValueError: co_argcount must be a positive integer"),
        (3, 99, "ValueError: code: co_nlocals != len(co_varnames)"),
        (6, "x", "TypeError: replace() argument 'co_code' must be bytes, not str"),
        (12, 1, "TypeError: replace() argument 'co_qualname' must be str, not int")):
    assert refusal(index, value, replace=True) == wanted, (ORDER[index],
                                                           refusal(index, value, replace=True))
for arguments, wanted in (((), "code expected at least 16 arguments, got 0"),
                          ((0,) * 19, "code expected at most 18 arguments, got 19")):
    try:
        types.CodeType(*arguments)
    except TypeError as e:
        assert str(e) == wanted, e
    else:
        raise AssertionError(wanted)

if CHECKS:
    # a name or keywords that are not there
    assert "ValueError: invalid bytecode" in refusal(8, ()), refusal(8, ())
    assert "ValueError: invalid bytecode" in refusal(7, (None,)), refusal(7, (None,))

    # super() and locals() look for cells where they are made: nowhere but at the start
    class Cells:
        def copied(self):
            super().__init__()

        def made(self):
            def read():
                return text
            text = "made"
            return read, locals()
    for cells in Cells.copied.__code__, Cells.made.__code__:
        without = bytes([dis.opmap["NOP"], 0, 0, 0]) + cells.co_code[4:]
        try:
            cells.replace(co_code=without)
        except ValueError as e:
            assert "a cell is not made at the start" in str(e), e
        else:
            raise AssertionError("a frame without its cells")

    # whatever is given, it is refused or runs
    def give(rng, values):
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(len(values))
            old = values[at]
            if isinstance(old, int):
                values[at] = rng.choice([0, 1, 2, 255, 256, 65535, old + 1,
                                         old ^ (1 << rng.randrange(10))])
            elif isinstance(old, bytes):
                data = bytearray(old)
                for _ in range(rng.randrange(1, 4)):
                    if data:
                        data[rng.randrange(len(data))] = rng.choice([0, 1, 2, 3, 255,
                                                                     rng.randrange(256)])
                values[at] = bytes(data[:rng.choice([None, len(data) // 4 // 2 * 4])])
            elif isinstance(old, tuple):
                values[at] = tuple(rng.sample(old, rng.randrange(len(old) + 1)))

    def samples():
        def closure():
            return code, [x for x in samples.__code__.co_consts if x]

        def steps(n):
            try:
                while n:
                    n = yield n
            finally:
                n = None

        async def wait(x):
            async with x as y:
                return {**y, "a": await x}

        def match(v):
            with open(os.devnull) as f:
                match v:
                    case [a, *b] | {"a": a, **b}:
                        return a, b, f

        return closure, steps, wait, match, use

    rng, made, refused = random.Random(5), 0, 0
    for function in samples():
        for _ in range(600):
            values = parts(function.__code__)
            give(rng, values)
            try:
                changed = types.CodeType(*values)
            except (ValueError, TypeError, SystemError, MemoryError):
                refused += 1
                continue
            made += 1
            (list(changed.co_positions()), list(changed.co_lines()), changed.co_lnotab,
             repr(changed), hash(changed))
            closed = tuple(types.CellType(1) for _ in changed.co_freevars)
            try:
                result = types.FunctionType(changed, globals(), "f", (1,), closed)()
                if hasattr(result, "close"):
                    result.close()
                elif hasattr(result, "throw"):
                    result.throw(ValueError)
            except BaseException:
                pass
    assert made > 100 and refused > 100, (made, refused)


# super() finds its cell, keyword arguments their variables and closures theirs by names that are equal, not the same objects: those of
# code that came through pickle
def others(names):
    return tuple("".join(list(name)) for name in names)


class Named:
    def method(self, *, word=1):
        return super().__init__() is None and (lambda: word)()


code = Named.method.__code__
Named.method.__code__ = code.replace(
    co_freevars=others(code.co_freevars), co_varnames=others(code.co_varnames), co_cellvars=others(code.co_cellvars))
assert Named().method(word=7) == 7
