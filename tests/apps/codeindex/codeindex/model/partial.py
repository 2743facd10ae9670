"""What one thread has found so far."""
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class PartialIndex:
    names: Counter = field(default_factory=Counter)
    calls: Counter = field(default_factory=Counter)
    words: Counter = field(default_factory=Counter)
    prose: Counter = field(default_factory=Counter)
    keywords: Counter = field(default_factory=Counter)
    kinds: Counter = field(default_factory=Counter)
    functions: list = field(default_factory=list)
    modules: dict = field(default_factory=dict)
    errors: list = field(default_factory=list)

    def absorb(self, other):
        """Add everything another index holds."""
        for name in ("names", "calls", "words", "prose", "keywords", "kinds"):
            getattr(self, name).update(getattr(other, name))
        self.functions.extend(other.functions)
        self.modules.update(other.modules)
        self.errors.extend(other.errors)
