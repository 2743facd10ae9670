"""The records the application passes around."""
from .files import SourceFile
from .functions import Function
from .partial import PartialIndex

__all__ = ["SourceFile", "Function", "PartialIndex"]
