"""Shared by the tests of importing: trees of files from text, and programs run in them."""
import os
import subprocess
import sys

ENV = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def make(files):
    """Write a dict path -> text or bytes below the working directory."""
    for path, text in files.items():
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text.encode() if isinstance(text, str) else text)


def python(*args, code=0, env=None):
    """Run the interpreter; (standard output, standard error)."""
    p = subprocess.run([sys.executable, *args], capture_output=True, text=True,
                       env={**ENV, **(env or {})}, timeout=60)
    assert p.returncode == code, (args, p)
    return p.stdout, p.stderr


def last_line(*args, code=1):
    """The last line of what a failing program prints."""
    return python(*args, code=code)[1].rstrip().rpartition("\n")[2]
