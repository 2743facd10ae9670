"""Counts names, keywords and calls of a logical line."""
from ..lex.kinds import KEYWORD, NAME, OP

DEFINING = frozenset(("def", "class"))
BRANCHING = frozenset("if elif for while except and or case assert with".split())


def count_line(tokens, names, keywords, calls, kinds):
    """Add the tokens of one line to the four counts; returns how many of them branch."""
    previous_kind, previous = OP, ""
    defining = False
    branches = 0
    for token in tokens:
        kind, text = token.kind, token.text
        kinds[kind] += 1
        if kind == NAME:
            names[text] += 1
            defining = previous in DEFINING
        elif kind == KEYWORD:
            keywords[text] += 1
            if text in BRANCHING:
                branches += 1
        elif previous_kind == NAME and not defining and token.is_op("("):
            calls[previous] += 1
        previous_kind, previous = kind, text
    return branches
