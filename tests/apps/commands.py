"""Modules of the standard library run as programs: unittest, json.tool, tokenize, ast, timeit,
http.server and others."""
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

os.chdir(tempfile.mkdtemp())


def run(*args, code=0, text=None):
    p = subprocess.run([sys.executable, *args], input=text, capture_output=True, text=True,
                       timeout=100)
    assert p.returncode == code, (args, p)
    return p


def write(name, text):
    with open(name, "w") as f:
        f.write(text)


write("test_it.py", '''
import unittest
class Case(unittest.TestCase):
    def test_good(self):
        self.assertEqual(1 + 1, 2)
    def test_bad(self):
        self.assertIn(3, [1, 2])
    @unittest.skip("why")
    def test_skipped(self):
        pass
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertLess(i, 2)
if __name__ == "__main__":
    unittest.main()
''')
p = run("-m", "unittest", "-v", "test_it.py", code=1)
assert "Ran 4 tests" in p.stderr and "FAILED (failures=2, skipped=1)" in p.stderr, p
assert "AssertionError: 3 not found in [1, 2]" in p.stderr and "(i=2)" in p.stderr, p
assert "OK" in run("-m", "unittest", "test_it.Case.test_good").stderr
run("test_it.py", "Case.test_good")

assert run("-m", "json.tool", text='{"b": [1, 2.5, null], "a": "é"}').stdout == \
    '{\n    "b": [\n        1,\n        2.5,\n        null\n    ],\n    "a": "\\u00e9"\n}\n'
assert "Expecting value: line 1 column 2 (char 1)" in run("-m", "json.tool", text="[",
                                                          code=1).stderr

write("small.py", "def f(a, b=2):\n    return a + b  # sum\n")
lines = run("-m", "tokenize", "-e", "small.py").stdout.splitlines()
assert (lines[1].split() == ["1,0-1,3:", "NAME", "'def'"]
        and lines[-1].split() == ["3,0-3,0:", "ENDMARKER", "''"]), lines
assert "COMMENT" in " ".join(lines) and len(lines) == 21
text = run("-m", "ast", "small.py").stdout
assert text.startswith("Module(\n   body=[\n      FunctionDef(\n         name='f',"), text
assert "loop" in run("-m", "timeit", "-n", "10", "-r", "2", "x = 1").stdout
assert run("-m", "base64", "-e", text="hello").stdout == "aGVsbG8=\n"
assert "January" in run("-m", "calendar", "2024", "1").stdout
run("-m", "compileall", "-q", ".")
assert os.listdir("__pycache__")
assert "usage" in run("-m", "zipfile", "-h").stdout
run("-m", "zipfile", "-c", "z.zip", "small.py")
assert "small.py" in run("-m", "zipfile", "-l", "z.zip").stdout
assert "beautiful is better" in run("-m", "this").stdout.lower()
write("dt.py", '"""\n>>> 1 + 1\n2\n>>> 1/0\nTraceback (most recent call last):\nZeroDivisionError: '
               'division by zero\n"""\n')
run("-m", "doctest", "dt.py")
run("-m", "no_such_module", code=1)
assert "No module named no_such_module" in run("-m", "no_such_module", code=1).stderr

# a web server in a second process
server = subprocess.Popen([sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
try:
    line = server.stdout.readline()
    port = int(line.split(" port ")[1].split()[0])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/small.py", timeout=30) as r:
        assert r.status == 200 and r.read() == open("small.py", "rb").read()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as r:
        assert "small.py" in r.read().decode()
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/absent", timeout=30)
        raise AssertionError("no error")
    except urllib.error.HTTPError as e:
        assert e.code == 404
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0
finally:
    if server.poll() is None:
        server.kill()

# a pipeline of processes
first = subprocess.Popen([sys.executable, "-c", "for i in range(10000): print(i)"],
                         stdout=subprocess.PIPE)
second = subprocess.Popen([sys.executable, "-c", "import sys; print(sum(map(int, sys.stdin)))"],
                          stdin=first.stdout,
                          stdout=subprocess.PIPE)
first.stdout.close()
assert second.communicate(timeout=60)[0] == b"49995000\n" and first.wait(30) == 0
first = subprocess.Popen([sys.executable, "-c", "for i in range(10**9): print(i)"],
                         stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
assert first.stdout.readline() == b"0\n"
first.stdout.close()
assert b"BrokenPipeError" in first.stderr.read() and first.wait(30) == 1
