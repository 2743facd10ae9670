"""Errors that end the program with one line."""


class CodeIndexError(Exception):
    """Base of the application's own errors."""

    exit_code = 1


class UsageError(CodeIndexError):
    """The command line makes no sense."""

    exit_code = 2


class SourceError(CodeIndexError):
    """A source file that cannot be read or decoded."""

    def __init__(self, path, reason):
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
