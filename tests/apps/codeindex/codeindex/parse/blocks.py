"""Follows the nesting of definitions by indentation."""
from ..lex.kinds import NAME
from ..model.functions import Function


class Definition:
    """A def or class whose body is being read."""

    def __init__(self, name, indent, line, is_function):
        self.name = name
        self.indent = indent
        self.line = line
        self.is_function = is_function
        self.statements = 0
        self.branches = 0


class BlockTracker:
    """Fed with logical lines in order; collects the functions of a module."""

    def __init__(self, module):
        self.module = module
        self.open = []
        self.functions = []
        self.classes = 0
        self.last_line = 0

    def feed(self, line, branches):
        while self.open and line.indent <= self.open[-1].indent:
            self.close()
        self.last_line = line.last
        for d in self.open:
            d.statements += 1
            d.branches += branches
        started = self.definition(line)
        if started:
            self.open.append(started)

    @staticmethod
    def definition(line):
        """The definition that starts on this line, or None."""
        tokens = line.tokens
        at = 1 if tokens[0].text == "async" and len(tokens) > 2 else 0
        if len(tokens) < at + 2 or tokens[at + 1].kind != NAME:
            return None
        match tokens[at].text:
            case "def":
                return Definition(tokens[at + 1].text, line.indent, line.first, True)
            case "class":
                return Definition(tokens[at + 1].text, line.indent, line.first, False)
        return None

    def close(self):
        d = self.open.pop()
        if not d.is_function:
            self.classes += 1
            return
        name = ".".join([outer.name for outer in self.open] + [d.name])
        self.functions.append(Function(self.module, name, d.line, self.last_line - d.line + 1,
                                       d.statements,
                                       d.branches + 1, len(self.open)))

    def finish(self):
        while self.open:
            self.close()
        return self.functions
