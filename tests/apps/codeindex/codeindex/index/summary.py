"""Figures of one module and their sum."""
from dataclasses import astuple, dataclass


@dataclass(slots=True)
class ModuleSummary:
    lines: int = 0
    characters: int = 0
    statements: int = 0
    functions: int = 0
    classes: int = 0
    comments: int = 0
    repeated: int = 0

    def __add__(self, other):
        return ModuleSummary(*(a + b for a, b in zip(astuple(self), astuple(other))))
