"""What a user sees of programs that cannot run, and of errors that nobody catches: the messages and
the exit codes."""
import os
import subprocess
import sys
import tempfile
import zipfile

os.chdir(os.path.realpath(tempfile.mkdtemp()))


def run(*args, code=1):
    p = subprocess.run([sys.executable, *args], stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, timeout=100)
    assert p.returncode == code, (args, p)
    return p.stderr.replace(sys.executable, "PROGRAM").replace(os.getcwd(), "CWD")


def write(name, data):
    with open(name, "wb") as f:
        f.write(data)


# Programs that cannot be read.
os.mkdir("folder")
with zipfile.ZipFile("no_main.zip", "w") as z:
    z.writestr("x.py", "")
assert (run("nosuch.py", code=2)
        == "PROGRAM: can't open file 'CWD/nosuch.py': [Errno 2] No such file or directory\n")
assert run("folder") == "PROGRAM: can't find '__main__' module in 'CWD/folder'\n"
assert run("no_main.zip") == "PROGRAM: can't find '__main__' module in 'CWD/no_main.zip'\n"
assert run("-m", "no.such") == ("PROGRAM: Error while finding module specification for 'no.such' "
                                "(ModuleNotFoundError: No module named 'no')\n")
assert run("-m", "nosuch") == "PROGRAM: No module named nosuch\n"
assert run("-m", "json.nosuch") == "PROGRAM: No module named json.nosuch\n"
assert run("-m", "encodings") == ("PROGRAM: No module named encodings.__main__; 'encodings' is a package and cannot be "
                                  "directly executed\n")
write("latin.py", b"x = '\xff'\n")
assert run("latin.py").startswith("SyntaxError: Non-UTF-8 code starting with '\\xff' in file CWD/latin.py on line 1, but "
                                  "no encoding declared; see https://")
write("coding.py", b"# coding: nosuch\n")
assert run("coding.py") == "SyntaxError: encoding problem: nosuch\n"
write("other.pyc", b"\0\0\r\n" + bytes(100))
assert run("other.pyc") == "RuntimeError: Bad magic number in .pyc file\n"
with zipfile.ZipFile("whole.zip", "w") as z:
    z.writestr("__main__.py", "print('never')\n" * 50)
with open("whole.zip", "rb") as f:
    write("cut.zip", f.read()[:-30])
message = run("cut.zip")  # the reference takes it for a program
assert ("SyntaxError: " in message
        or message == "PROGRAM: damaged archive: not a Zip file: 'CWD/cut.zip'\n"), message
write("broken_ext.so", b"")
assert run("-c", "import broken_ext").endswith("ImportError: CWD/broken_ext.so: file too short\n")

# A folder and an archive by a relative name are absolute for the program, sys.argv[0] stays.
write("folder/__main__.py", b"import sys; sys.exit(repr((sys.argv, sys.path[0], __file__)))\n")
assert run("folder", "a") == "(['folder', 'a'], 'CWD/folder', 'CWD/folder/__main__.py')\n"

# sys.exit() and SystemExit.
for text, code, shown in (("raise SystemExit", 0, ""), ("raise SystemExit(3)", 3, ""),
                          ("raise SystemExit('x')", 1, "x\n"),
                          ("raise SystemExit([1])", 1, "[1]\n"), ("raise SystemExit(-1)", 255, ""),
                          ("raise SystemExit(1, 2)", 1, "(1, 2)\n"),
                          ("import sys; sys.exit(True)", 1, "")):
    assert run("-c", text, code=code) == shown, text

# Hooks that are missing, wrong or raise.
ERROR = 'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n'
assert (run("-c", "import sys; del sys.excepthook; {}[1]") == "sys.excepthook is missing\n" + ERROR
        + "KeyError: 1\n")
assert run("-c", "import sys; sys.excepthook = None; {}[1]") == (
    "Error in sys.excepthook:\nTypeError: 'NoneType' object is not callable\n\nOriginal exception "
    "was:\n" + ERROR +
    "KeyError: 1\n")
assert run("-c", "import sys; sys.excepthook = lambda *a: 1/0; {}[1]") == (
    "Error in sys.excepthook:\n" + ERROR.replace("<module>", "<lambda>") +
    "ZeroDivisionError: division by zero\n\nOriginal exception was:\n" + ERROR + "KeyError: 1\n")

# Suggestions, and what is shown of a SyntaxError.
for text, shown in (
        ("prnt", "NameError: name 'prnt' is not defined. Did you mean: 'print'?"),
        ("[].apend", "AttributeError: 'list' object has no attribute 'apend'. Did you mean: "
                     "'append'?"),
        ("from math import squrt", "ImportError: cannot import name 'squrt' from 'math'"),
        ("def f():\nreturn 1", '  File "<string>", line 2\n    return 1\n    ^\nIndentationError: '
                               'expected an indented '
                               "block after function definition on line 1"),
        ("raise SyntaxError", ERROR + "SyntaxError: None"),
        ("raise SyntaxError('m', ('f.py', None, 4, 'abcdef'))", ERROR + "SyntaxError: m (f.py)"),
        ("raise SyntaxError('m', ('f.py', 3, 2, 'abcdef', 3, 4))",
         ERROR + '  File "f.py", line 3\n    abcdef\n     ^^\nSyntaxError: m'),
        ("class E(SyntaxError): pass\nraise E('m', ('f.py', 3, 2, 'abcdef', 3, 4))",
         ERROR.replace("line 1", "line 2") + '  File "f.py", line 3\n    abcdef\n     ^\nE: m')):
    seen = run("-c", text)
    assert shown + "\n" in seen or shown + " (" in seen, (text, seen)
