"""A token."""
from .kinds import KIND_NAMES


class Token:
    """A piece of source text with its kind and place; `column` counts characters from 0."""

    __slots__ = ("kind", "text", "line", "column")

    def __init__(self, kind, text, line, column):
        self.kind = kind
        self.text = text
        self.line = line
        self.column = column

    def is_op(self, text):
        return self.text == text and KIND_NAMES[self.kind] == "operator"

    def __repr__(self):
        return f"<{KIND_NAMES[self.kind]} {self.text!r} at {self.line}:{self.column}>"
