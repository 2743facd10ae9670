"""A mistake deep inside of brackets is found in time that grows with the text, not doubles with
each bracket."""

STARTS = ["(", "[", "{", "f(", "t[(", "t[(a, ", "f(x=(", "f(*(", "f(**(", "t[lambda: (", "a.b[(",
          "t[(a for b in (", "(a)[(", "[*(",
          "{1: (", "lambda x=(", "x if (", "f(a, x=(", "f(a, *(", "t[a:(", "a + b * (",
          "a | b ^ c & d << e - f % (", "a * b[c - "]
for start in STARTS:
    for end in ("a b", "1 2", "?"):
        try:
            compile(start * 60 + end, "text", "exec")
        except (SyntaxError, MemoryError, RecursionError):
            continue
        raise AssertionError(start)
