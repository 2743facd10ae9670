"""The interactive prompt over a pipe, and -i behind a program."""
import os
import subprocess
import sys
import tempfile


def prompt(text, *options, code=0, **env):
    p = subprocess.run([sys.executable, "-q", "-i", *options], input=text, capture_output=True,
                       text=True, timeout=60,
                       env={**os.environ, "HOME": tempfile.gettempdir(), **env})
    assert p.returncode == code, p
    return p


p = prompt("x = 5\nx\nNone\n'a' + 'b'\n_\n")
assert p.stdout == "5\n'ab'\n'ab'\n" and p.stderr.startswith(">>> >>> "), p
p = (prompt("for i in range(2):\n    i\n\nif 1:\n  print('x')\nelse:\n  pass\n\ndef f():\n  return "
            "1\n\nf()\n"))
assert p.stdout == "0\n1\nx\n1\n" and "... " in p.stderr and "Error" not in p.stderr, p
p = prompt("1/0\nprint('on')\n")
assert (p.stdout == "on\n"
        and 'File "<stdin>", line 1, in <module>\nZeroDivisionError' in p.stderr), p
p = prompt("x = = 1\nprint('on')\n")
assert (p.stdout == "on\n" and "SyntaxError: invalid syntax" in p.stderr
        and "Traceback" not in p.stderr), p
p = prompt("raise KeyError('k')\nimport sys\nsys.last_type, sys.last_value\n")
assert "KeyError" in p.stderr and "(<class 'KeyError'>, KeyError('k'))" in p.stdout, p
p = prompt("import sys\nsys.exit(7)\nprint('never')\n", code=7)
assert "never" not in p.stdout
p = prompt("exit()\n")
p = prompt("import sys\nsys.ps1 = 'next> '\n1\n")
assert "next> " in p.stderr
p = prompt("import sys\nsys.displayhook = lambda v: print('shown', v)\n42\n")
assert p.stdout == "shown 42\n"
p = prompt("from __future__ import annotations\ndef f(x: undefined): pass\n\nf.__annotations__\n")
assert p.stdout == "{'x': 'undefined'}\n", p
p = prompt("'''a\nb'''\n(1,\n2)\n@staticmethod\ndef g(): pass\n\ng()\n")
assert p.stdout == "'a\\nb'\n(1, 2)\n", p
p = prompt("y * 2\n", "-c", "y = 21")
assert p.stdout == "42\n", p
p = prompt("y\n", "-c", "y = 1; raise ValueError('early')")
assert p.stdout == "1\n" and "ValueError: early" in p.stderr, p
with tempfile.NamedTemporaryFile("w", suffix=".py") as f:
    f.write("print('startup')\nstarted = 3\n")
    f.flush()
    p = prompt("started\n", PYTHONSTARTUP=f.name)
    assert p.stdout == "startup\n3\n", p
    p = prompt("started\n", f.name)
    assert p.stdout == "startup\n3\n", p
p = subprocess.run([sys.executable, "-i"], input="", capture_output=True, text=True, timeout=60)
assert p.returncode == 0 and p.stderr.startswith("Python 3.11"), p
p = prompt("import os\nprint('before')\nos.close(0)\n")
assert p.stdout == "before\n" and "Error" not in p.stderr, p
