"""What all parts of the packer use."""


class PackError(Exception):
    """A problem that ends the run with one line; `code` is the exit code."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError as e:
        raise PackError(f"{path}: {e.strerror}") from e
