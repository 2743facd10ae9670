"""Lines and columns of expressions in an f-string with many fields and lines; it is compiled in
linear time, where the reference takes quadratic time."""
import ast

text = "x = f'''" + "{a}\n b {cc:{dd}} {e!r}\n{ \n f}" * 50 + "'''"
names = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)]
lines = text.split("\n")
found = {(n.id, n.lineno, n.col_offset) for n in names}
assert len(found) == 1 + 50 * 5, len(found)
for name, line, column in found:
    if name in ("a", "cc", "dd", "e"):
        assert lines[line - 1][column:].startswith(name), (name, line, column)

many = 20_000
code = compile("f'" + "{a}\\n" * many + "{b:{a}}" * many + "'", "many", "eval")
assert eval(code, {"a": 1, "b": 2}) == "1\n" * many + "2" * many
print("ok")
