"""A function definition."""
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    module: str
    name: str
    line: int
    lines: int
    statements: int
    complexity: int
    depth: int

    @property
    def where(self):
        return f"{self.module}:{self.line}"

    def rank(self):
        """Longest first, then by place."""
        return (-self.lines, self.module, self.line)
