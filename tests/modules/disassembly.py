# dis: what holds for any bytecode: names, values, lines and jump targets of instructions; code,
# text, bytes and tracebacks.
import contextlib
import dis
import io
import opcode
import subprocess
import sys


def sample(x):
    total = 0
    for item in x:
        if item:
            total += item.real
    return lambda: (total, "text", undefined)


def text_of(function, *args, **options):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        function(*args, **options)
    return output.getvalue()


# instructions: lines that exist, targets that exist, values of constants, names and variables
code = sample.__code__
instructions = list(dis.get_instructions(sample))
offsets = {i.offset for i in instructions}
lines = {i.starts_line for i in instructions if i.starts_line is not None}
first = code.co_firstlineno
assert {first + 1, first + 2, first + 3, first + 4, first + 5} <= lines <= set(range(first, first + 6)), (
    lines)
assert all(opcode.opname[i.opcode] == i.opname and opcode.opmap[i.opname] == i.opcode
           for i in instructions)
labels = dis.findlabels(code.co_code)
assert len(labels) >= 2 and set(labels) <= offsets, labels
assert set(labels) <= {i.offset for i in instructions if i.is_jump_target}
assert all(i.argval in offsets for i in instructions if i.opcode in dis.hasjrel)
inner = list(dis.get_instructions(sample(())))
values = [i.argval for i in instructions + inner]
assert all(v in values for v in ("real", "total", "text", "undefined")), values
assert any("item" in i.argrepr for i in instructions)
assert any(hasattr(v, "co_code") for v in values)
assert dict(dis.findlinestarts(code)).keys() <= offsets
assert [i._replace(starts_line=None) for i in dis.get_instructions(sample, first_line=70)] == [
    i._replace(starts_line=None) for i in instructions]
assert min(i.starts_line for i in dis.get_instructions(sample, first_line=70)
           if i.starts_line) in (70, 71)

# Bytecode
bytecode = dis.Bytecode(sample)
assert list(bytecode) == instructions and bytecode.info() == dis.code_info(sample)
assert bytecode.dis() == text_of(dis.disco, code) == text_of(dis.dis, sample, depth=0)
assert "Disassembly of <code object <lambda>" in text_of(dis.dis, sample)
assert text_of(dis.show_code, sample).startswith("Name:              sample\nFilename:")

# text, bytes, methods of a class, what has no code
assert "undefined" in text_of(dis.dis, "undefined + 1")
bare = text_of(dis.dis, code.co_code)
assert len(bare.splitlines()) >= len(instructions) and str(instructions[-1].offset) in bare.split()
assert "Disassembly of f:" in text_of(dis.dis, type("C", (), {"f": sample}))
for wrong in (object(), 7):
    try:
        dis.dis(wrong)
    except TypeError as e:
        assert str(e) == f"don't know how to disassemble {type(wrong).__name__} objects", e
    else:
        assert False, wrong

# the instruction that raised
try:
    sample(3)
except TypeError as e:
    tb = e.__traceback__.tb_next
marked = [line for line in text_of(dis.distb, tb).splitlines() if "-->" in line]
assert len(marked) == 1 and str(tb.tb_lasti) in marked[0].split(), marked
assert dis.Bytecode.from_traceback(tb).current_offset == tb.tb_lasti

# positions: none without a table, no columns with -X no_debug_ranges
assert list(code.replace(co_linetable=b"").co_positions()) == []
assert all(i.positions == (None,) * 4 for i in dis.get_instructions(code.replace(co_linetable=b"")))
PROGRAM = """def f():
    return 1
for line, end_line, column, end_column in f.__code__.co_positions():
    assert line == end_line and column is None and end_column is None
"""
subprocess.run([sys.executable, "-X", "no_debug_ranges", "-c", PROGRAM], check=True)

# python -m dis
out = subprocess.run([sys.executable, "-m", "dis"], input="undefined\n", capture_output=True,
                     text=True, check=True)
assert "LOAD_NAME" in out.stdout and "undefined" in out.stdout, out
