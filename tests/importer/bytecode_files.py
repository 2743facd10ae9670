"""Bytecode files: where they are, when they are used, made again, and not written."""
import importlib.util
import marshal
import os
import py_compile
import shutil
import stat
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TYPHON = sys.implementation.name == "typhon"
ENV = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
os.chdir(tempfile.mkdtemp())
os.umask(0o022)
sys.dont_write_bytecode, sys.pycache_prefix = False, None
cache = importlib.util.cache_from_source


def python(*args, env=None, code=0):
    p = subprocess.run([sys.executable, *args], capture_output=True, text=True,
                       env={**ENV, **(env or {})}, timeout=60)
    assert p.returncode == code, (args, p)
    return p.stdout.strip()


def show(*options, env=None):
    """What `import m` prints."""
    return python(*options, "-c", "import m", env=env)


def source(text, back=10):
    """Write m.py, as if `back` seconds ago."""
    with open("m.py", "w") as f:
        f.write(text)
    moment = os.stat("m.py").st_mtime - back
    os.utime("m.py", (moment, moment))


def pyc_bytes():
    with open(PYC, "rb") as f:
        return f.read()


PYC = os.path.join("__pycache__", f"m.{sys.implementation.cache_tag}.pyc")

# made by the first import, with the source's mode, and used by the second
source("print('one')")
os.chmod("m.py", 0o640)
assert show() == "one"
assert stat.S_IMODE(os.stat(PYC).st_mode) == 0o640
first = pyc_bytes()
moment = os.stat(PYC).st_mtime_ns
assert show() == "one" and os.stat(PYC).st_mtime_ns == moment
assert os.listdir("__pycache__") == [os.path.basename(PYC)]

# it is what runs: same size and time, other text
source("print('two')")
os.utime("m.py", (os.stat("m.py").st_atime, int.from_bytes(first[8:12], "little")))
assert show() == "one"

# a change of time or size makes it stale
source("print('three')", back=20)
assert show() == "three"
os.utime("m.py", (1, 1))
assert show() == "three" and pyc_bytes()[8:12] == bytes((1, 0, 0, 0))

# another interpreter's or a damaged one is made again
good = pyc_bytes()
for bad in (b"", good[:3], good[:15], b"\x00\x00\r\n" + good[4:],
            good[:4] + b"\xff\0\0\0" + good[8:]):
    with open(PYC, "wb") as f:
        f.write(bad)
    assert show() == "three"
    assert pyc_bytes() == good
if TYPHON:  # the reference does not go back to the source then
    for bad in (good[:16], good[:-1], good[:60], good[:16] + b"N", good[:16] + os.urandom(200)):
        with open(PYC, "wb") as f:
            f.write(bad)
        assert show() == "three"
        assert pyc_bytes() == good

# levels of optimisation have files of their own
source("print(__debug__, __doc__)\n")
assert show("-O") == "False None" and show("-OO") == "False None" and show() == "True None"
tag = sys.implementation.cache_tag
assert sorted(os.listdir("__pycache__")) == sorted([f"m.{tag}.pyc", f"m.{tag}.opt-1.pyc",
                                                    f"m.{tag}.opt-2.pyc"])

# switched off; elsewhere
shutil.rmtree("__pycache__")
for options, env in ((("-B",), None), ((), {"PYTHONDONTWRITEBYTECODE": "1"})):
    assert show(*options, env=env) == "True None" and not os.path.exists("__pycache__")
for options, env in ((("-X", "pycache_prefix=away/x"), None),
                     ((), {"PYTHONPYCACHEPREFIX": "away/y"})):
    assert show(*options, env=env) == "True None" and not os.path.exists("__pycache__")
there = [os.path.join(base, name) for base, _, names in os.walk("away") for name in names
         if name.startswith("m.")]
assert len(there) == 2 and all(os.getcwd()[1:] + f"/m.{tag}.pyc" in name for name in there), there

# PEP 552: by the hash of the source; the time does not matter
source("print('alpha')")
mode = py_compile.PycInvalidationMode
py_compile.compile("m.py", invalidation_mode=mode.CHECKED_HASH)
assert pyc_bytes()[4] == 3 and show() == "alpha"
source("print('beta!')", back=99)
assert show("--check-hash-based-pycs", "never") == "alpha"
assert show() == "beta!" and pyc_bytes()[4] == 3
py_compile.compile("m.py", invalidation_mode=mode.UNCHECKED_HASH)
source("print('gamma')")
assert pyc_bytes()[4] == 1 and show() == "beta!" and show("--check-hash-based-pycs",
                                                          "default") == "beta!"
assert show("--check-hash-based-pycs", "always") == "gamma"

# no folder to write to, and a file in its place: no error
shutil.rmtree("__pycache__")
with open("__pycache__", "w"):
    pass
assert show() == "gamma"
os.unlink("__pycache__")
if TYPHON:
    # not through a symbolic link, neither as folder nor as file
    os.mkdir("elsewhere")
    os.symlink("elsewhere", "__pycache__")
    assert show() == "gamma" and os.listdir("elsewhere") == []
    os.unlink("__pycache__")
    os.mkdir("__pycache__")
    os.symlink("../victim", PYC)
    assert show() == "gamma" and not os.path.exists("victim") and os.path.islink(PYC)
    os.unlink(PYC)
    # not into somebody else's folder, as a folder there, or over a file of another owner
    if os.geteuid() == 0:
        os.chown("__pycache__", 12345, 12345)
        assert show() == "gamma" and os.listdir("__pycache__") == []
        os.rmdir("__pycache__")
        os.chown(".", 12345, 12345)
        assert show() == "gamma" and not os.path.exists("__pycache__")
        assert show("-X", "pycache_prefix=" + os.path.abspath("named")) == "gamma"
        assert os.path.exists("named" + os.getcwd() + f"/m.{tag}.pyc")
        os.chown(".", 0, 0)
        assert show() == "gamma"
        os.chown(PYC, 12345, 12345)
        os.utime("m.py", (5, 5))
        assert show() == "gamma" and os.stat(PYC).st_uid == 12345 and pyc_bytes()[8] != 5
    # another interpreter's files stay as they are
    shutil.rmtree("__pycache__")
    os.mkdir("__pycache__")
    others = {f"m.{other}.pyc": os.urandom(40) for other in ("cpython-311", "cpython-312",
                                                             "pypy39")}
    for name, data in others.items():
        with open(os.path.join("__pycache__", name), "wb") as f:
            f.write(data)
    assert (show() == "gamma" and show() == "gamma" and sorted(os.listdir("__pycache__"))
            == sorted([*others, os.path.basename(PYC)]))
    for name, data in others.items():
        with open(os.path.join("__pycache__", name), "rb") as f:
            assert f.read() == data
shutil.rmtree("__pycache__", ignore_errors=True)

# a lone .pyc is imported; in __pycache__ it is not
py_compile.compile("m.py", cfile="m.pyc", doraise=True)
os.unlink("m.py")
assert show() == "gamma" and not os.path.exists("__pycache__")
with open("m.pyc", "r+b") as f:
    f.write(b"\x00\x00")
p = subprocess.run([sys.executable, "-c", "import m"], capture_output=True, text=True, env=ENV)
assert (p.returncode == 1
        and "ImportError: bad magic number in 'm': b'\\x00\\x00\\r\\n'" in p.stderr), p.stderr
os.rename("m.pyc", "gone")
os.mkdir("__pycache__")
os.rename("gone", PYC)
p = subprocess.run([sys.executable, "-c", "import m"], capture_output=True, text=True, env=ENV)
assert (p.returncode == 1 and p.stderr.splitlines()[-1]
        == "ModuleNotFoundError: No module named 'm'"), p.stderr

# one process: the module imported again runs the new text
for text in ("x = 1", "x = 22", "x = 333"):
    source(text)
    importlib.invalidate_caches()
    sys.path.insert(0, os.getcwd())
    sys.modules.pop("m", None)
    import m
    assert m.x == int(text[4:]), (text, m.x)
    assert importlib.reload(m).x == m.x
if TYPHON:
    import _imp
    before = _imp._bytecode_cache_counts()
    for _ in range(3):
        del sys.modules["m"]
        import m
    after = _imp._bytecode_cache_counts()
    assert after["hits"] == before["hits"] + 3 and after["reads"] == before["reads"], (
        before, after)
    assert after["compiles"] == before["compiles"], (before, after)
# a file cut off anywhere, or with a bit flipped, is made again (the reference raises EOFError or
# runs it)
if TYPHON:
    source("def f(a, *b, c=(1, 2)):\n    return [a, *b, c]\nx = f(1, 2)\n")
    importlib.invalidate_caches()
    sys.modules.pop("m", None)
    import m
    whole = pyc_bytes()
    damaged = [whole[:n] for n in range(0, len(whole), max(1, len(whole) // 60))]
    damaged += [whole[:n] + bytes([whole[n] ^ 1 << n % 8]) + whole[n + 1:]
                for n in range(len(whole))]
    for data in damaged:
        with open(PYC, "wb") as f:
            f.write(data)
        del sys.modules["m"]
        import m
        assert m.x == [1, 2, (1, 2)] and pyc_bytes() == whole, len(data)

    # a hostile one, whose sum is right: functions are read when they are called, and refused then
    sys.path.append(os.path.join(HERE, "../fuzz"))
    from _sum import with_sum
    source("def f(a, *b, c=(1, 2)):\n    'Documented.'\n    return [a, *b, c]\n")
    importlib.invalidate_caches()
    importlib.reload(m)
    whole, refused = pyc_bytes(), 0
    for n in range(whole.rindex(b"Documented."), len(whole)):
        with open(PYC, "wb") as f:
            f.write(with_sum(whole[:n] + bytes([whole[n] ^ 0xA5]) + whole[n + 1:]))
        del sys.modules["m"]
        import m
        assert m.f.__name__ == "f"
        try:
            m.f.__code__.co_code
        except ImportError as e:
            assert str(e).startswith(f"bytecode of f() in {m.__file__!r} is damaged: "), e
            refused += 1
    assert refused > 50, refused

    # co_code of the code around says nothing of what a tuple among its constants holds
    around = compile("def f():\n    return ['marked', 2.5]\n", "x", "exec")
    inner = next(value for value in around.co_consts if hasattr(value, "co_code"))
    whole = marshal.dumps(around.replace(co_consts=(*around.co_consts, (inner,))))
    at = whole.index(b"marked") - 2
    code = marshal.loads(with_sum(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:], 0))
    assert code.co_code == around.co_code
    try:
        code.co_consts[-1][0].co_code
        assert False, "read"
    except ImportError as e:
        assert str(e).startswith("bytecode of f() in 'x' is damaged: bad marshal data"), e
shutil.rmtree(os.getcwd())
