"""From logical lines to definitions and calls."""
from .blocks import BlockTracker
from .calls import count_line

__all__ = ["BlockTracker", "count_line"]
