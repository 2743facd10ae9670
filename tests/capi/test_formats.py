"""Format strings of PyArg_Parse*, Py_BuildValue, PyUnicode_FromFormat, PyBytes_FromFormat and
PyErr_Format: all units with values that fit and values that do not (%X, %o, %lx and the like are
left out: they came with 3.12).  formats.txt holds what comes out, made by the reference
(`--update`)."""
import os
import re
import sys
import warnings

from _build import HERE, build

build("formats.c", "formats", "-Wno-format-security")
import formats


class Index:
    def __index__(self):
        return 5


class Real:
    def __float__(self):
        return 2.5


class Pathlike:
    def __len__(self):
        return 2

    def __getitem__(self, i):
        return (7, 8)[i]


VALUES = ["0", "-1", "127", "128", "255", "256", "-129", "32767", "32768", "65536", "2**31-1",
          "2**31", "-2**31-1", "2**32", "2**63-1",
          "2**63", "2**64-1", "2**64", "-2**63", "-2**63-1", "True", "1.5", "1e300", "1j", "'a'",
          "'ab'", "'€'", "'a\\0b'", "''",
          "'\\ud800'", "b'a'", "b'ab'", "b'a\\0b'", "bytearray(b'xy')", "memoryview(b'mv')",
          "memoryview(b'abcd')[::2]", "None", "[1]",
          "(1, 2)", "Index()", "Real()", "'\\U0001F600'", "b''", "bytearray(b'')"]
UNITS = ["b", "B", "h", "H", "i", "I", "l", "k", "L", "K", "n", "c", "C", "f", "d", "D", "p", "s",
         "s#", "s*", "z", "z#", "z*", "y", "y#",
         "y*", "w*", "u", "u#", "Z", "Z#", "U", "S", "Y", "O", "O!", "O&", "es", "et", "es#", "et#"]
PARSE = [  # whole formats: (format, arguments)
    ("", "()"), ("", "(1,)"), (":f", "(1,)"), ("i", "()"), ("i", "(1, 2)"), ("ii:func", "(1,)"),
    ("i|i:func", "()"), ("i|i:func", "(1, 2, 3)"),
    ("|ii", "(1,)"), ("|OO", "()"), ("i;the message", "(1, 2)"), ("i;the message", "('x',)"),
    ("i:f", "('x',)"), ("ii", "(1, 'x')"),
    ("(ii)i", "((1, 2), 3)"), ("(ii)i", "([1, 2], 3)"), ("(ii)i", "((1,), 3)"), ("(ii)i", "(5, 3)"),
    ("(ii)i", "('ab', 3)"),
    ("(ii)", "(Pathlike(),)"), ("i(s(d))", "(1, ('x', (2.5,)))"), ("i(s(d))", "(1, ('x', ('y',)))"),
    ("((i))", "(((1,),),)"),
    ("(ii):f", "((1, 'x'),)"), ("O!O&:f", "([1], 2)"), ("O!O&:f", "(1, 2)"),
    ("O!O&:f", "([], 2.5)"), ("S:f", "('x',)"), ("U:f", "(b'x',)"),
    ("Y:f", "(b'x',)"), ("w*", "(b'x',)"), ("q", "(1,)"), ("i$i", "(1, 2)"),
    ("s#s#", "('ab', b'cde')"), ("bhil", "(1, 2, 3, 4)"),
    ("i", "5"), ("s", "'one'"), ("(ii)", "(1, 2)"), ("(ii)", "[1, 2]"), ("i", "'x'"), ("d", "'x'"),
    ("i:f", "'x'"), ("(i)", "5"), ("", "5"),
    ("es", "('a€',)"), ("es:f", "(1,)"), ("et", "(b'\\xff',)"),
]
KEYWORDS = [  # (format, args, kwargs, names)
    ("ii:f", "(1, 2)", "None", "('a', 'b')"), ("ii:f", "(1,)", "{'b': 2}", "('a', 'b')"),
    ("ii:f", "()", "{'b': 2, 'a': 1}", "('a', 'b')"),
    ("ii:f", "(1,)", "{}", "('a', 'b')"), ("ii:f", "(1,)", "{'a': 2}", "('a', 'b')"),
    ("ii:f", "(1, 2)", "{'c': 3}", "('a', 'b')"),
    ("i|i:f", "(1,)", "{'c': 3}", "('a', 'b')"), ("ii:f", "(1, 2, 3)", "None", "('a', 'b')"),
    ("ii", "(1, 2, 3)", "None", "('a', 'b')"),
    ("i|i$i:f", "(1, 2)", "{'c': 3}", "('a', 'b', 'c')"),
    ("i|i$i:f", "(1, 2, 3)", "None", "('a', 'b', 'c')"), ("|$ii:f", "(1,)", "None", "('a', 'b')"),
    ("|$ii:f", "()", "{'b': 1}", "('a', 'b')"), ("i$i:f", "(1,)", "{}", "('a', 'b')"),
    ("ii:f", "()", "None", "('', 'b')"), ("ii:f", "(1,)", "{'b': 2}", "('', 'b')"),
    ("ii:f", "()", "{'': 1, 'b': 2}", "('', 'b')"), ("O|O:f", "()", "{'x': 1}", "('a', 'b')"),
    ("i;message", "()", "{'x': 1}", "('a',)"),
    ("s#|z:f", "('x',)", "{'b': None}", "('a', 'b')"), ("i:f", "(1,)", "{'a': 1}", "('a',)"),
    ("(ii)i:f", "((1, 2),)", "{'b': 3}", "('a', 'b')"),
    ("i:f", "()", "{1: 2}", "('a',)"), ("i|O!:f", "(1,)", "{'b': 2}", "('a', 'b')"),
    ("i:f", "('x',)", "None", "('a',)"), ("i", "()", "{'b': 1}", "('a', 'b')"),
    ("i|ii:f", "(1,)", "{'c': 'x'}", "('a', 'b', 'c')"),
    ("ii:f", "(1,)", "{'ab': 2, 'cd': 3}", "('a', 'b')"), ("", "()", "{'a': 1}", "()"),
    (":f", "(1,)", "{'a': 1}", "()"),
]
BUILD = ["", "(),1".replace(",1", ""), "i, 5", "ii, 1, 2", "(i), 1", "(), ", "[], ", "{}, ",
         "[ii], 1, 2", "{s:i}, b'k', 7", "{s:i,s:O}, b'a', 1, b'b', ['x']",
         "(i[i{s:i}]), 1, 2, b'k', 3", "s, b'text'", "s, None", "z, None", "y, b'\\xff'", "y, None",
         "s#, b'text', 2", "y#, b'text', 3", "z#, None, 0",
         "U, b'uu'", "U#, b'uuu', 2", "b, 200", "b, -1", "B, 200", "B, -1", "h, -5", "h, 70000",
         "H, 70000", "i, -2**31", "I, -1", "l, -1", "k, -1", "L, -2**63",
         "K, -1", "n, -1", "n, 2**62", "c, 65", "c, 255", "C, 8364", "C, 0x1F600", "d, 1.5",
         "f, 2.5", "O, ['o']", "O, [1]", "S, ['o']", "N, [(1,)]", "O, None",
         "iOs, 1, ['x'], b'y'", "i d i, 1, 2.5, 3", "(dd), 1.5, 2.5", "[s#i], b'abc', 2, 9", "q, 1",
         "{s}, b'a'", "(i, 1", "u, None", "p, 1", "i,i, 1, 2", "i:i, 1, 2"]
TEXT = ["plain", "%%", "%d, -5", "%5d|, 42", "%-5d|, 42", "%05d, 42", "%.3d, 4", "%i, 7",
        "%u, 2**32-1", "%x, 255", "%ld, -2**63", "%lu, 2**64-1",
        "%li, 5", "%lld, -1", "%llu, -1", "%zd, -1", "%zu, -1", "%zi, -3", "%c, 65", "%c, 8364",
        "%c, -1", "%c, 0x110000", "%s, b'abc'",
        "%.2s, b'abc'", "%5s|, b'abc'", "%-5s|, b'abc'", "%5.1s|, b'abc'", "%s, b'\\xff\\xfe'",
        "%.1s, b'\\xc3\\xa4'", "%U, ['tüxt']", "%8U|, ['abc']", "%.2U, ['abc']",
        "%S, [[1]]", "%R, ['q']", "%A, ['é']", "%.3R, ['abcdef']", "%10S|, [5]",
        "%V, ['given'], b'other'", "%V, None, b'other'", "%p, 0", "%s and %d, b'x', 3", "%",
        "%q, 1",
        "%s %S %R %d %%, b'a', ['b'], ['c'], 4", "%d%d%d, 1, 2, 3", "%200d|, 1", "%.100s, b'short'",
        "%-4c|, 65", "%3c|, 65", "ü%d, 1", "%5%", "%.0s|, b'abc'",
        "%.0d|, 0", "%+d, 5", "% d, 5", "%#x, 5", "%hd, 5", "%.5x, 255", "%20.10d|, 123",
        "%-20.10d|, 123", "%020d, -5", "%x, -1",
        "%ll, 1", "%z, 1", "%l, 1", "%2, 1", "%f, 1.5", "%e, 1.5", "%g, 1.5"]
BYTES = ["plain", "%%", "%d, -5", "%5d|, 42", "%i, 7", "%u, 2**32-1", "%x, 255", "%ld, -2**63",
         "%lu, 2**64-1", "%zd, -1", "%zu, -1", "%c, 65", "%c, 256", "%c, -1", "%s, b'abc'",
         "%.2s, b'abc'", "%s, b'\\xff'", "%p, 0", "%d %s %c, 1, b'x', 66", "%q, 1", "%", "%.3d, 4",
         "%S, b'a'"]


def outcome(f, *args):
    try:
        r = f(*args)
    except BaseException as e:
        return re.sub(r"\S+\.c:\d+: ", "", f"{type(e).__name__}: {e!s}").encode("unicode_escape").decode()
    return re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", ascii(r))


def split(case):
    """"format, args" of BUILD and so on: the first ", " that is not in brackets."""
    head, _, rest = case.partition(", ")
    return head, rest


def cases():
    for unit in UNITS:
        for value in VALUES:
            yield f"parse {unit!r} ({value},)", lambda u=unit, v=value: outcome(formats.parse, u, (eval(v),))
    for form, args in PARSE:
        yield f"parse {form!r} {args}", lambda f=form, a=args: outcome(formats.parse, f, eval(a))
    for form, *rest in KEYWORDS:
        yield f"keywords {form!r} {' '.join(rest)}", lambda f=form, r=rest: outcome(formats.parse, f, *map(eval, r))
    for name, table in ("build", BUILD), ("text", TEXT), ("error",
                                                          [c for c in TEXT if "%c, -1" not in c
                                                           and "0x110000" not in c and "ü" not in c]), ("bytes", BYTES):
        for case in table:
            form, args = split(case)
            yield f"{name} {ascii(form)} {args}", lambda n=name, f=form, a=args: outcome(getattr(formats, n), f, *eval(f"({a},)" if a else "()"))


def main(update):
    warnings.simplefilter("ignore")
    path = os.path.join(HERE, "formats.txt")
    lines = [f"{name} -> {run()}\n" for name, run in cases()]
    if update:
        with open(path, "w") as f:
            f.writelines(lines)
        return 0
    with open(path) as f:
        expected = f.readlines()
    wrong = 0
    for got, line in zip(lines, expected, strict=True):
        if got != line:
            wrong += 1
            print(f"expected {line}     got {got}", end="")
    print(f"{wrong} of {len(lines)} cases differ")
    return 1 if wrong else 0


sys.exit(main("--update" in sys.argv))
