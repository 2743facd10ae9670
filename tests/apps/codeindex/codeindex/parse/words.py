"""Splits identifiers and prose into words."""


def identifier_words(name):
    """The words of snake_case and camelCase names, in lower case."""
    for part in name.split("_"):
        if part.islower():
            yield part
            continue
        start = 0
        for i in range(1, len(part)):
            before, here = part[i - 1], part[i]
            humped = here.isupper() and (before.islower() or part[i + 1:i + 2].islower())
            if humped or here.isdigit() != before.isdigit():
                yield part[start:i].lower()
                start = i
        if start < len(part):
            yield part[start:].lower()


def prose_words(text):
    """The words of a comment."""
    word = []
    for c in text:
        if c.isalpha():
            word.append(c)
        elif word:
            if len(word) > 2:
                yield "".join(word).lower()
            word.clear()
    if len(word) > 2:
        yield "".join(word).lower()
