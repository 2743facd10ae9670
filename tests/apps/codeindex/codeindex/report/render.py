"""The report."""
from ..index.summary import ModuleSummary
from ..lex.kinds import KIND_NAMES
from .stats import describe, histogram
from .table import Table


def most(counter, n):
    """The n most frequent entries, ties by name."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:n]


class Report:
    def __init__(self, index, top):
        self.index = index
        self.top = top

    def sections(self):
        yield "Totals", self.totals()
        yield "Tokens", self.counts("kind", {KIND_NAMES[k]: v for k, v in self.index.kinds.items()},
                                    len(KIND_NAMES))
        yield "Most used identifiers", self.counts("identifier", self.index.names, self.top)
        yield "Most called", self.counts("name", self.index.calls, self.top)
        yield "Words in identifiers", self.counts("word", self.index.words, self.top)
        yield "Words in comments", self.counts("word", self.index.prose, self.top)
        yield "Keywords", self.counts("keyword", self.index.keywords, self.top)
        yield "Longest functions", self.longest()
        yield "Most complex functions", self.complex()
        yield "Length of functions", self.lengths()
        yield "Largest modules", self.largest()
        if self.index.errors:
            yield "Not indexed", [f"{module}: {reason}" for module, reason in self.index.errors]

    def totals(self):
        whole = sum(self.index.modules.values(), ModuleSummary())
        table = Table("what", "number")
        table.add("modules", len(self.index.modules))
        for name in ("lines", "characters", "statements", "functions", "classes", "comments",
                     "repeated"):
            table.add(name, getattr(whole, name))
        table.add("different identifiers", len(self.index.names))
        return table.lines()

    def counts(self, title, counter, n):
        table = Table(title, "count", "share")
        total = sum(counter.values())
        for name, count in most(counter, n):
            table.add(name, count, f"{100 * count / total:.2f}%")
        return table.lines()

    def longest(self):
        table = Table("lines", "statements", "function", "where")
        for f in self.index.functions[:self.top]:
            table.add(f.lines, f.statements, f.name, f.where)
        return table.lines()

    def complex(self):
        table = Table("complexity", "lines", "function", "where")
        for f in sorted(self.index.functions, key=lambda f: (-f.complexity, f.rank()))[:self.top]:
            table.add(f.complexity, f.lines, f.name, f.where)
        return table.lines()

    def lengths(self):
        lengths = [f.lines for f in self.index.functions]
        yield describe(lengths)
        table = Table("lines", "functions")
        for row in histogram(lengths, (5, 10, 20, 40, 80, 160)):
            table.add(*row)
        yield from table.lines()

    def largest(self):
        table = Table("characters", "statements", "functions", "classes", "module")
        ranked = sorted(self.index.modules.items(), key=lambda item: (-item[1].characters, item[0]))
        for name, s in ranked[:self.top]:
            table.add(s.characters, s.statements, s.functions, s.classes, name)
        return table.lines()

    def write(self, out):
        for title, lines in self.sections():
            out.write(f"{title}\n{'=' * len(title)}\n")
            for line in lines:
                out.write(line + "\n")
            out.write("\n")
