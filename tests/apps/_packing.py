"""Shared by the tests of typhon.pack: a working directory of their own, trees of files from text,
packing and running."""
import atexit
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

if importlib.util.find_spec("typhon") is None:
    sys.exit(77)
ENV = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
os.chdir(tempfile.mkdtemp())
atexit.register(shutil.rmtree, os.getcwd())


def run(*args, code=0, env=None, **kwargs):
    """Run a command that ends with this code (None: any)."""
    p = subprocess.run(args, capture_output=True, text=True, env={**ENV, **(env or {})},
                       timeout=170, **kwargs)
    assert code is None or p.returncode == code, (args, p)
    return p


def pack(*args, code=0, env=None):
    """The report, or the one line of an error."""
    p = run(sys.executable, "-m", "typhon.pack", *args, code=code, env=env)
    assert code == 0 or (p.stderr.startswith("pack: ") and p.stderr.count("\n") == 1
                         and not p.stdout), p
    return p.stdout if code == 0 else p.stderr


def make(files):
    """Write a dict path -> text or bytes below the working directory, in its order."""
    for path, text in files.items():
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text.encode() if isinstance(text, str) else text)


def content(path):
    with open(path, "rb") as f:
        return f.read()
