"""A tokenizer for Python source, written out by hand.

It looks at the first character of a token, classifies it by a table and finds the token's end with
one regular expression or one search.
"""
import re

from .kinds import (CLOSING, COMMENT, END, KEYWORD, KEYWORDS, LONG_OPERATORS, NAME, NEWLINE, NUMBER,
                    OP, OPENING,
                    STRING, STRING_PREFIXES)
from .strings import string_end
from .token import Token

name_at = re.compile(r"\w+").match
number_at = re.compile(r"0[xXoObB][0-9a-fA-F_]+|(?:[0-9][0-9_]*)?\.?[0-9_]*(?:[eE][-+]?[0-9_]+)?[jJ]?").match
space_at = re.compile(r"[ \t\f]*").match

IDENTIFIER, DIGIT, QUOTE, SPACE, LINE_END, HASH, BACKSLASH, DOT, OTHER = range(9)


def build_classes():
    table = {}
    for c in map(chr, range(128)):
        if c.isalpha() or c == "_":
            table[c] = IDENTIFIER
        elif c.isdigit():
            table[c] = DIGIT
    table.update({'"': QUOTE, "'": QUOTE, " ": SPACE, "\t": SPACE, "\f": SPACE, "\n": LINE_END,
                  "#": HASH,
                  "\\": BACKSLASH, ".": DOT})
    return table


CLASSES = build_classes()
OPERATORS_BY_START = {}
for _op in LONG_OPERATORS:
    OPERATORS_BY_START.setdefault(_op[0], []).append(_op)


def operator_at(text, pos, c):
    for op in OPERATORS_BY_START.get(c, ()):
        if text.startswith(op, pos):
            return op
    return c


def tokenize(text):
    """Yield a Token for everything but white space; a NEWLINE token ends each logical line."""
    pos, line, start, depth, size = 0, 1, 0, 0, len(text)
    classes, keywords = CLASSES, KEYWORDS
    empty = True
    while pos < size:
        c = text[pos]
        cls = classes.get(c)
        if cls is None:
            cls = IDENTIFIER if ord(c) > 127 and c.isidentifier() else OTHER
        if cls == SPACE:
            pos = space_at(text, pos).end()
        elif cls == IDENTIFIER:
            end = name_at(text, pos).end()
            word = text[pos:end]
            if end < size and text[end] in "\"'" and word in STRING_PREFIXES:
                stop = string_end(text, end)
                word = text[pos:stop]
                yield Token(STRING, word, line, pos - start)
                if "\n" in word:
                    line += word.count("\n")
                    start = stop - len(word) + word.rfind("\n") + 1
                end = stop
            elif word in keywords:
                yield Token(KEYWORD, word, line, pos - start)
            else:
                yield Token(NAME, word, line, pos - start)
            pos = end
            empty = False
        elif cls == OTHER:
            op = operator_at(text, pos, c)
            if op in OPENING:
                depth += 1
            elif op in CLOSING and depth:
                depth -= 1
            yield Token(OP, op, line, pos - start)
            pos += len(op)
            empty = False
        elif cls == LINE_END:
            pos += 1
            if depth == 0 and not empty:
                yield Token(NEWLINE, "\n", line, pos - start)
                empty = True
            line += 1
            start = pos
        elif cls == QUOTE:
            end = string_end(text, pos)
            word = text[pos:end]
            yield Token(STRING, word, line, pos - start)
            if "\n" in word:
                line += word.count("\n")
                start = pos + word.rfind("\n") + 1
            pos = end
            empty = False
        elif cls == DIGIT or cls == DOT:
            end = (number_at(text, pos).end() if cls == DIGIT or text[pos + 1:pos + 2].isdigit()
                   else pos)
            if end == pos:
                op = operator_at(text, pos, c)
                yield Token(OP, op, line, pos - start)
                pos += len(op)
            else:
                yield Token(NUMBER, text[pos:end], line, pos - start)
                pos = end
            empty = False
        elif cls == HASH:
            end = text.find("\n", pos)
            if end < 0:
                end = size
            yield Token(COMMENT, text[pos:end], line, pos - start)
            pos = end
        else:
            pos += 1
            if text.startswith("\n", pos):
                pos += 1
                line += 1
                start = pos
    if not empty:
        yield Token(NEWLINE, "", line, pos - start)
    yield Token(END, "", line, pos - start)
