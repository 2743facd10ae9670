"""From text to tokens and logical lines."""
from .lines import LogicalLine, logical_lines
from .tokenizer import tokenize

__all__ = ["LogicalLine", "logical_lines", "tokenize"]
