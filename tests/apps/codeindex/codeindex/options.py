"""The command line."""
import argparse
import os
from dataclasses import dataclass, field

from .errors import UsageError


@dataclass(frozen=True)
class Options:
    root: str
    threads: int = 1
    top: int = 20
    limit: int = 0
    show_time: bool = False
    excluded: tuple = field(default=("site-packages", "dist-packages", "test", "tests", "idle_test",
                                     "__pycache__"))

    def __post_init__(self):
        if self.threads < 1:
            raise UsageError("the number of threads must be at least 1")
        if not os.path.isdir(self.root):
            raise UsageError(f"{self.root}: not a folder")


def stdlib_root():
    """The folder of the installed standard library."""
    return os.path.dirname(os.path.abspath(os.__file__))


def parse(argv):
    p = argparse.ArgumentParser(prog="codeindex", description="Index a tree of Python sources.")
    p.add_argument("root", nargs="?", help="folder to index (default: the standard library)")
    p.add_argument("-j", "--threads", type=int, default=1, metavar="N",
                   help="threads that work (default: 1)")
    p.add_argument("-n", "--top", type=int, default=20, metavar="N",
                   help="lines per table (default: 20)")
    p.add_argument("--limit", type=int, default=0, metavar="N", help="only the first N files")
    p.add_argument("--time", action="store_true", help="print the elapsed time to standard error")
    a = p.parse_args(argv)
    return Options(root=a.root or stdlib_root(), threads=a.threads, top=a.top, limit=a.limit,
                   show_time=a.time)
