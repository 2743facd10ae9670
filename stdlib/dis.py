"""Disassembler of this implementation's register bytecode.

Replaces the standard library's module, which decodes CPython's bytecode.  The functions and classes
have the same names and results of the same shape; what an instruction shows is its own: registers
are named after the variables they hold, temporaries are t<number>.  Offsets are those of co_lines()
and tb_lasti: twice the unit number.
"""

import collections
import io
import sys
import types

import _opcode
from opcode import *
from opcode import __all__ as _opcode_names
from opcode import _table

__all__ = ["code_info", "dis", "disassemble", "distb", "disco", "findlinestarts", "findlabels",
           "show_code",
           "get_instructions", "Instruction", "Bytecode"] + _opcode_names

COMPILER_FLAG_NAMES = {
    1: "OPTIMIZED", 2: "NEWLOCALS", 4: "VARARGS", 8: "VARKEYWORDS", 16: "NESTED", 32: "GENERATOR",
    64: "NOFREE",
    128: "COROUTINE", 256: "ITERABLE_COROUTINE", 512: "ASYNC_GENERATOR",
}

_have_code = (types.MethodType, types.FunctionType, types.CodeType, classmethod, staticmethod, type)


def pretty_flags(flags):
    """The names of the flag bits, joined by commas."""
    found = []
    for i in range(32):
        bit = 1 << i
        if flags & bit:
            found.append(COMPILER_FLAG_NAMES.get(bit, hex(bit)))
            flags ^= bit
            if not flags:
                break
    else:
        found.append(hex(flags))
    return ", ".join(found)


class _Unknown:
    def __repr__(self):
        return "<unknown>"


UNKNOWN = _Unknown()


def _compile_text(source, name):
    try:
        return compile(source, name, "eval")
    except SyntaxError:
        return compile(source, name, "exec")


def _get_code_object(x):
    """The code object of a function, method, generator, class or text."""
    for attribute in ("__func__",):
        x = getattr(x, attribute, x)
    for attribute in ("__code__", "gi_code", "ag_code", "cr_code"):
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if isinstance(x, str):
        x = _compile_text(x, "<disassembly>")
    if hasattr(x, "co_code"):
        return x
    raise TypeError("don't know how to disassemble %s objects" % type(x).__name__)


_Instruction = collections.namedtuple("_Instruction", ["opname", "opcode", "arg", "argval",
                                                       "argrepr", "offset",
                                                       "starts_line", "is_jump_target",
                                                       "positions"],
                                      defaults=[None])
Positions = collections.namedtuple("Positions", ["lineno", "end_lineno", "col_offset",
                                                 "end_col_offset"],
                                   defaults=[None] * 4)


class Instruction(_Instruction):
    """One instruction: opname, opcode, arg (operands a, b, c packed; of a plain jump the distance
    in units), argval, argrepr, offset, starts_line, is_jump_target, positions."""

    def _disassemble(self, lineno_width=3, mark_as_current=False, offset_width=4):
        fields = []
        if lineno_width:
            text = "%%%dd" % lineno_width
            fields.append(text % self.starts_line if self.starts_line is not None
                          else " " * lineno_width)
        fields.append("-->" if mark_as_current else "   ")
        fields.append(">>" if self.is_jump_target else "  ")
        fields.append(repr(self.offset).rjust(offset_width))
        fields.append(self.opname.ljust(20))
        fields.append(self.argrepr)
        return " ".join(fields).rstrip()


class _Namer:
    """Names registers, constants and jump targets of one code object, or of none (bare
    instructions)."""

    def __init__(self, code=None):
        self.consts = None if code is None else code.co_consts
        self.variables = (() if code is None else code.co_varnames + code.co_cellvars
                          + code.co_freevars)
        self.temporary = "r" if code is None else "t"

    def register(self, number):
        return (self.variables[number] if number < len(self.variables)
                else f"{self.temporary}{number}")

    def operand(self, kind, value):
        if not kind:
            return None
        if kind in "WRMB":
            return self.register(value)
        if kind == "K":
            return f"({self.constant(value)!r})"
        return "#" + str(value)

    def constant(self, index):
        return UNKNOWN if self.consts is None else self.consts[index]

    def variable(self, kinds, operands):
        """The first of the operands that is a variable, or None."""
        for kind, value in zip(kinds, operands):
            if kind and kind in "WRM" and value < len(self.variables):
                return self.variables[value]
        return None

    def describe(self, op, a, b, c, x):
        """(argval, argrepr)"""
        name, form, kinds, units, effect = _table[op]
        parts = [self.operand(kind, value) for kind, value in zip(kinds, (a, b, c))]
        parts = [part for part in parts if part is not None]
        argval = None
        if kinds[1] == "K":
            argval = self.constant(b)
        elif name == "LOAD_INT":
            argval = b
        elif op in haslocal or op in hasfree:
            argval = self.variable(kinds, (a, b, c))
        if form.endswith("XJ"):
            argval = 2 * x
            parts.append(f"to {argval}")
        elif form == "ABCXC":
            argval = x
            if x is not None:
                parts.append(f"({x})")
        elif form == "ABCXK":
            argval = self.constant(x)
            parts.append(f"({argval!r})")
        elif form == "ABCXI":
            argval = x
            parts.append("#" + str(x))
        return argval, " ".join(parts)


def _instructions(code, first_line=None, show_caches=False):
    """The Instructions of a code object or of bytes."""
    if isinstance(code, bytes):
        starts, positions, ends, line_offset, namer = {}, [], [], 0, _Namer()
    else:
        line_offset = 0 if first_line is None else first_line - code.co_firstlineno
        starts = dict(findlinestarts(code))
        positions = list(code.co_positions())
        ends = [2 * target for _, _, target, _, _ in _opcode.exception_table(code)]
        namer = _Namer(code)
    labels = {*findlabels(code), *ends}

    def position(unit):
        return Positions(*positions[unit]) if positions else Positions()

    for unit, following, op, a, b, c, x in _opcode.decode(code):
        argval, argrepr = namer.describe(op, a, b, c, x)
        if _table[op][1] == "XJ":
            arg = abs(x - following)
        else:
            arg = a | (b & 0xffff) << 8 | (c & 0xff) << 24 if argrepr else None
        offset = 2 * unit
        line = starts.get(offset)
        yield Instruction(opname[op], op, arg, arg if argval is None and op not in hasconst
                          else argval, argrepr,
                          offset, None if line is None else line + line_offset, offset in labels,
                          position(unit))
        if show_caches:
            for extra in range(unit + 1, following):
                yield Instruction("CACHE", 0, 0, None, "", 2 * extra, None, False, position(extra))


def get_instructions(x, *, first_line=None, show_caches=False, adaptive=False):
    """Iterator over the Instructions of a function, method, class text or code object."""
    return _instructions(_get_code_object(x), first_line, show_caches)


def findlinestarts(code):
    """Offsets where source lines start: pairs (offset, line)."""
    last = None
    for start, end, line in code.co_lines():
        if line is not None and line != last:
            last = line
            yield start, line


def findlabels(code):
    """Offsets that are targets of jumps, in a code object or in bytes like co_code."""
    labels = {}
    for unit, following, op, a, b, c, x in _opcode.decode(code):
        if _table[op][1].endswith("XJ"):
            labels[2 * x] = None
    return list(labels)


def _format_code_info(co):
    lines = [f"Name:              {co.co_name}", f"Filename:          {co.co_filename}",
             f"Argument count:    {co.co_argcount}",
             f"Positional-only arguments: {co.co_posonlyargcount}",
             f"Kw-only arguments: {co.co_kwonlyargcount}", f"Number of locals:  {co.co_nlocals}",
             f"Stack size:        {co.co_stacksize}",
             f"Flags:             {pretty_flags(co.co_flags)}"]
    for title, values, show in (("Constants", co.co_consts, repr), ("Names", co.co_names, str),
                                ("Variable names", co.co_varnames, str),
                                ("Free variables", co.co_freevars, str),
                                ("Cell variables", co.co_cellvars, str)):
        if values:
            lines.append(f"{title}:")
            lines += [f"{i:4d}: {show(value)}" for i, value in enumerate(values)]
    return "\n".join(lines)


def code_info(x):
    """Details of a code object as text."""
    return _format_code_info(_get_code_object(x))


def show_code(co, *, file=None):
    """Prints code_info(co)."""
    print(code_info(co), file=file)


def _print_instructions(code, lasti=-1, *, file=None, first_line=None, show_caches=False):
    instructions = list(_instructions(code, first_line, show_caches))
    largest = max((i.starts_line for i in instructions if i.starts_line is not None), default=0)
    lineno_width = max(3, len(str(largest))) if largest else 0
    offset_width = max(4, len(str(instructions[-1].offset))) if instructions else 4
    for instruction in instructions:
        if instruction.starts_line is not None and instruction.offset > 0:
            print(file=file)
        print(instruction._disassemble(lineno_width, instruction.offset == lasti, offset_width),
              file=file)


def _print_code(co, lasti=-1, *, file=None, first_line=None, show_caches=False):
    _print_instructions(co, lasti, file=file, first_line=first_line, show_caches=show_caches)
    table = _opcode.exception_table(co)
    if table:
        namer = _Namer(co)
        print("ExceptionTable:", file=file)
        for start, end, target, register, depth in table:
            print(f"  {2 * start} to {2 * end} -> {2 * target} [{namer.register(register)}] {depth}", file=file)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False):
    """Prints the instructions of a code object."""
    _print_code(co, lasti, file=file, show_caches=show_caches)


disco = disassemble


def _disassemble_recursive(co, *, file=None, depth=None, show_caches=False):
    disassemble(co, file=file, show_caches=show_caches)
    if depth is None or depth > 0:
        for constant in co.co_consts:
            if hasattr(constant, "co_code"):
                print(file=file)
                print("Disassembly of %r:" % (constant,), file=file)
                _disassemble_recursive(constant, file=file,
                                       depth=None if depth is None else depth - 1,
                                       show_caches=show_caches)


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False):
    """Prints the instructions of classes, methods, functions, generators, code, text or bytes like
    co_code; without argument, of the last traceback."""
    if x is None:
        distb(file=file, show_caches=show_caches)
        return
    x = getattr(x, "__func__", x)
    for attribute in ("__code__", "gi_code", "ag_code", "cr_code"):
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if hasattr(x, "__dict__") and not hasattr(x, "co_code"):
        for name, value in sorted(x.__dict__.items()):
            if isinstance(value, _have_code):
                print("Disassembly of %s:" % name, file=file)
                try:
                    dis(value, file=file, depth=depth, show_caches=show_caches)
                except TypeError as error:
                    print("Sorry:", error, file=file)
                print(file=file)
    elif hasattr(x, "co_code"):
        _disassemble_recursive(x, file=file, depth=depth, show_caches=show_caches)
    elif isinstance(x, (bytes, bytearray)):
        _print_instructions(bytes(x), file=file, show_caches=show_caches)
    elif isinstance(x, str):
        _disassemble_recursive(_compile_text(x, "<dis>"), file=file, depth=depth,
                               show_caches=show_caches)
    else:
        raise TypeError("don't know how to disassemble %s objects" % type(x).__name__)


def distb(tb=None, *, file=None, show_caches=False, adaptive=False):
    """Disassembles the code where a traceback ends."""
    if tb is None:
        try:
            tb = sys.last_traceback
        except AttributeError:
            raise RuntimeError("no last traceback to disassemble") from None
        while tb.tb_next:
            tb = tb.tb_next
    disassemble(tb.tb_frame.f_code, tb.tb_lasti, file=file, show_caches=show_caches)


class Bytecode:
    """The instructions of a code object, to iterate over or to print with dis()."""

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False,
                 adaptive=False):
        self.codeobj = _get_code_object(x)
        self.first_line = self.codeobj.co_firstlineno if first_line is None else first_line
        self._first_line = first_line
        self._original_object = x
        self.current_offset = current_offset
        self.show_caches = show_caches

    def __iter__(self):
        return _instructions(self.codeobj, self._first_line, self.show_caches)

    def __repr__(self):
        return "{}({!r})".format(self.__class__.__name__, self._original_object)

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        """The code where a traceback ends."""
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti, show_caches=show_caches)

    def info(self):
        """Details of the code object as text."""
        return _format_code_info(self.codeobj)

    def dis(self):
        """The instructions as text."""
        with io.StringIO() as output:
            _print_code(self.codeobj, -1 if self.current_offset is None else self.current_offset,
                        file=output,
                        first_line=self._first_line, show_caches=self.show_caches)
            return output.getvalue()


def _decoded(co):
    """The instructions of a code object as (name, a, b, c, x)."""
    return [(opname[op], a, b, c, x) for _, _, op, a, b, c, x in _opcode.decode(co)]


def _find_imports(co):
    """For modulefinder: yields (name, level, names after `from`) for the imports of a code
    object."""
    held = {}  # what the registers were loaded with
    for name, a, b, c, x in _decoded(co):
        if name == "LOAD_INT":
            held[a] = b
        elif name == "LOAD_CONST":
            held[a] = co.co_consts[b]
        elif name in ("IMPORT_NAME", "IMPORT_LAZY"):
            level, names = held.get(b), held.get(c)
            if isinstance(level, int) and (names is None or isinstance(names, tuple)):
                yield x, level, names


def _find_store_names(co):
    """For modulefinder: yields the global names that a code object stores."""
    for name, _, _, _, x in _decoded(co):
        if name in ("STORE_NAME", "STORE_GLOBAL"):
            yield x


def main():
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("infile", type=argparse.FileType("rb"), nargs="?", default="-")
    args = parser.parse_args()
    with args.infile as infile:
        source = infile.read()
    dis(compile(source, args.infile.name, "exec"))


if __name__ == "__main__":
    main()
