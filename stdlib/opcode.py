"""The opcodes of this implementation.

Replaces the standard library's module, which describes CPython's stack machine: the table here is
the one the virtual machine itself is built from (core/bytecode/opcodes.def), read through _opcode.
"""

import _opcode
from _opcode import stack_effect

__all__ = ["cmp_op", "hasconst", "hasname", "hasjrel", "hasjabs", "haslocal", "hascompare",
           "hasfree", "opname",
           "opmap", "HAVE_ARGUMENT", "EXTENDED_ARG", "hasnargs", "stack_effect"]

cmp_op = ("<", "<=", "==", "!=", ">", ">=")

_table = _opcode.table()
opname = [row[0] for row in _table]
opmap = {name: number for number, name in enumerate(opname)}
opname += [f"<{number}>" for number in range(len(opname), 256)]

hasconst = [n for n, row in enumerate(_table) if row[1] == "ABCXK" or "K" in row[2]]
hasname = [n for n, row in enumerate(_table) if row[1] == "ABCXC" and "CALL" not in row[0]]
hasjrel = [n for n, row in enumerate(_table) if row[1].endswith("XJ")]
hasjabs = []
haslocal = [opmap["MOVE"], opmap["CHECK_BOUND"], opmap["DELETE_FAST"]]
hascompare = []
hasfree = [opmap[name] for name in ("NEW_CELL", "MAKE_CELL", "LOAD_CELL", "STORE_CELL",
                                    "DELETE_CELL",
                                         "LOAD_CLASSCELL", "COPY_FREE_VARS")]
hasnargs = []

HAVE_ARGUMENT = 1
EXTENDED_ARG = opmap["WIDE"]
