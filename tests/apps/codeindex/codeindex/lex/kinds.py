"""Kinds of tokens, and the class of each character that can start one."""
NAME, KEYWORD, NUMBER, STRING, OP, NEWLINE, COMMENT, END = range(8)
KIND_NAMES = ("name", "keyword", "number", "string", "operator", "line", "comment", "end")

KEYWORDS = frozenset("""
    False None True and as assert async await break class continue def del elif else except finally for from global
    if import in is lambda nonlocal not or pass raise return try while with yield
""".split())

STRING_PREFIXES = frozenset(
    a + b for a in ("", "r", "R", "b", "B", "f", "F", "u", "U")
    for b in ("", "r", "R", "b", "B", "f", "F"))

LONG_OPERATORS = ("**=", "//=", ">>=", "<<=", "...", "!=", "->", ":=", "**", "//", ">>", "<<", "<=",
                  ">=", "==",
                  "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=")
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
