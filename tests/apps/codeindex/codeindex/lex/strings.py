"""Where a string literal ends."""


def quote_of(text, at):
    """The one- or three-character quote that stands at `at`."""
    quote = text[at]
    return quote * 3 if text.startswith(quote * 3, at) else quote


def string_end(text, at):
    """The position behind the string literal whose quote stands at `at`."""
    quote = quote_of(text, at)
    pos = at + len(quote)
    while True:
        end = text.find(quote, pos)
        if end < 0:
            return len(text)
        slash = text.find("\\", pos, end)
        if slash < 0:
            return end + len(quote)
        pos = slash + 2
        while pos <= end:
            slash = text.find("\\", pos, end)
            if slash < 0:
                return end + len(quote)
            pos = slash + 2
