"""Where instructions come from: lines and columns of what users see underlined, whatever the
instructions are."""
import dis


def positions(source):
    return set(compile(source, "<test>", "exec").co_positions())


many = "x = x\n" * 10_000 + "while x != 0:\n  x -= 1\nwhile x != 0:\n  x +=  1\n"
for source, expected in (
        (many, [(10_002, 10_002, 2, 8), (10_004, 10_004, 2, 9)]),
        ("a - b @ (c * x['key'] + 23)",
         [(1, 1, 13, 21), (1, 1, 9, 21), (1, 1, 9, 26), (1, 1, 4, 27), (1, 1, 0, 27)]),
        ("(\n lhs  \n   .    \n     rhs      \n       )()", [(4, 4, 5, 8), (4, 5, 5, 10)])):
    assert positions(source).issuperset(expected), (source[:60], positions(source))
for op in "<", "<=", ">", ">=", "in", "not in", "is", "is not":
    expr = f"a {op} b {op} c"
    for source in f"\\\n{expr}", f"if \\\n{expr}: x", f"x if \\\n{expr} else y":
        assert (2, 2, 0, len(expr)) in positions(source), (source, positions(source))


# a constant decides when it is compiled; what it leaves out is not run, but still makes names local
def and_true(x):
    return True and x


def and_false(x):
    return False and x


def or_true(x):
    return True or x


def or_false(x):
    return "" or x


def middle(x):
    return x and 1 and "" and x or 7


def names():
    try:
        return 0 and (a := 1) or a
    except UnboundLocalError:
        return "unbound"


def nested(x):
    return [] or (0 and (lambda: x)) or (1 and (lambda: x))


for f in and_true, and_false, or_true, or_false:
    assert len(list(dis.get_instructions(f))) <= 3, f
x = [1]
assert and_true(x) is x and and_false(x) is False and or_true(x) is True and or_false(x) is x
assert middle(x) == 7 and middle(0) == 7 and names() == "unbound" and nested(x)() is x
assert (1 and 2 and 3, 0 or 0.0 or "", None and 1 or 5, not (1 and 0)) == (3, "", 5, True)


# The line of the call event is among those of the code, whether an instruction is on it or not.
def lines(code):
    return [line for start, end, line in code.co_lines() if start <= end and line is not None]


def late(
    x
):

    return x


def closing(x):

    return lambda: x


assert (lines(late.__code__)[0] == late.__code__.co_firstlineno
        and len(set(lines(late.__code__))) == 2)
assert lines(closing.__code__)[0] == closing.__code__.co_firstlineno
assert lines(compile("\n\nx = 1\n", "module", "exec")) in ([0, 3], [0, 3, 3, 3, 3])
