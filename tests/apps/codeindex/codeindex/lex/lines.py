"""Groups tokens into logical lines with their indentation."""
from .kinds import COMMENT, END, NEWLINE
from .tokenizer import tokenize


class LogicalLine:
    """The tokens of one logical line."""

    __slots__ = ("indent", "first", "last", "tokens")

    def __init__(self, indent, first, last, tokens):
        self.indent = indent
        self.first = first
        self.last = last
        self.tokens = tokens

    def __repr__(self):
        return f"<line {self.first}-{self.last} indent {self.indent}: {len(self.tokens)} tokens>"


def indentation(text):
    """Columns of white space before the first character of a line."""
    stripped = text.lstrip(" \t\f")
    return len(text[:len(text) - len(stripped)].expandtabs(8))


def logical_lines(text, comments):
    """Yield a LogicalLine for each logical line; the comments go to the list `comments`."""
    physical = text.split("\n")
    tokens = []
    for token in tokenize(text):
        kind = token.kind
        if kind == NEWLINE:
            first = tokens[0].line
            yield LogicalLine(indentation(physical[first - 1]), first, token.line, tokens)
            tokens = []
        elif kind == COMMENT:
            comments.append(token.text)
        elif kind != END:
            tokens.append(token)
