"""Aligned tables."""


class Table:
    """Columns of text; numbers are set flush right."""

    def __init__(self, *titles):
        self.titles = titles
        self.rows = []

    def add(self, *cells):
        self.rows.append(cells)

    def lines(self):
        texts = [tuple(f"{c:,}" if isinstance(c, int) else str(c) for c in row)
                 for row in self.rows]
        widths = [max(map(len, column)) for column in zip(self.titles, *texts)]
        right = [isinstance(c, int) for c in self.rows[0]] if self.rows else [False] * len(widths)
        for cells in (self.titles, tuple("-" * w for w in widths), *texts):
            yield "  ".join(f"{c:>{w}}" if r else f"{c:<{w}}" for c, w,
                            r in zip(cells, widths, right)).rstrip()
