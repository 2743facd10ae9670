"""A source file."""
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class SourceFile:
    module: str
    path: str = field(compare=False)
    size: int = field(compare=False, default=0)
