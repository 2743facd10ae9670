"""Functions of the C API, one case per line of calls.txt: what they return, change and raise.

    NAME codes result          calls.c explains the codes
        arguments -> result                        as repr() shows it
        arguments -> ExceptionType: message

Objects that a case changes are named by it: `x = [1]; x, 0 -> None; x`.  With --update as argument
the results are written anew (under the reference).
"""
import os
import re
import sys
import warnings

from _build import FOLDER, HERE, build

CASES = os.path.join(HERE, "calls.txt")
with open(CASES) as f:
    lines = f.read().splitlines()
heads = [line.split() for line in lines if line and not line.startswith((" ", "#"))]
table = os.path.join(FOLDER, "calls_table.h")
with open(table, "w") as f:
    f.writelines(f'{{"{name}", (void *)&{name}}},\n'
                 for name in dict.fromkeys(head[0] for head in heads))
build("calls.c", "calls", f'-DTABLE="{table}"', "-Wno-deprecated-declarations",
      "-Wno-cast-function-type")
from calls import call


class Box:
    """An object with attributes, items and an awaitable's slots."""

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def __repr__(self):
        return "Box(" + ", ".join(f"{k}={v!r}" for k, v in self.__dict__.items()) + ")"

    def method(self, *args, **kwargs):
        return args, kwargs

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration


class Hint:
    def __length_hint__(self):
        return 7


def fails(*args, **kwargs):
    raise LookupError("failed on purpose")


def counting(n):
    got = []
    for i in range(n):
        got.append((yield i))
    return got


def outcome(name, codes, result, text):
    """The part behind -> for one case."""
    before, _, arguments = text.rpartition("; ")
    space = dict(globals())
    exec(before, space)
    try:
        r = repr(call(name, codes.strip("-"), result, *eval(f"({arguments},)" if arguments.strip()
                                                            else "()", space)))
    except BaseException as e:
        return plain(f"{type(e).__name__}: {e}")
    shown = [repr(space[v.strip()]) for v in re.findall(r"(\w+) = ", before)]
    return plain("; ".join([r, *shown]))


def plain(text):
    """Without addresses and places in somebody's source."""
    return re.sub(r"\bat 0x\w+", "at ADDRESS", re.sub(r"\S+\.c:\d+: ", "", text))


def main(update):
    warnings.simplefilter("ignore")
    out, head, bad = [], None, 0
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            out.append(line)
        elif not line.startswith(" "):
            head = line.split()
            out.append(line)
        else:
            text, _, expected = f" {line.strip()} ".partition(" -> ")
            text = text.strip()
            if "-v" in sys.argv:
                print(head[0], text, flush=True)
            got = outcome(*head, text)
            out.append(f"    {text} -> {got}")
            if got.rstrip() != expected.rstrip():
                bad += 1
                print(f"calls.txt:{number}: {head[0]}({text}): expected {expected}, got {got}",
                      flush=True)
    if update:
        with open(CASES, "w") as f:
            f.write("\n".join(out) + "\n")
        return 0
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main("--update" in sys.argv))
