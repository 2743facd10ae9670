"""A null byte in a source file: an error, and where it is, instead of a program that ends there."""
import os
import subprocess
import sys
import tempfile

if sys.implementation.name != "typhon":
    sys.exit(77)  # the reference ignores the rest of the line

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "program.py")
    with open(path, "wb") as f:
        f.write(b"x = 1\ny = 2\0z\n")
    run = subprocess.run([sys.executable, path], capture_output=True, text=True)
    assert run.returncode == 1, run
    lines = run.stderr.splitlines()
    assert lines[0] == '  File "%s", line 2' % path, lines
    assert lines[-1] == "SyntaxError: source code string cannot contain null bytes", lines
