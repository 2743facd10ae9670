# What the process holds open, what it says of things left open, and how often keys are hashed.
import functools
import os
import subprocess
import sys
import tempfile

# a script that runs has no file open but those that it was given
LIST = ("import os\nfor n in range(3, 64):\n    try:\n        os.fstat(n)\n    except OSError:\n   "
        "     continue\n    print(n)\n")
with tempfile.TemporaryDirectory() as folder:
    script = os.path.join(folder, "script.py")
    with open(script, "w") as f:
        f.write(LIST)
    out = subprocess.run([sys.executable, script], capture_output=True, text=True, close_fds=True)
    assert out.stdout == "", out

# an unclosed file: the warning knows it, and tracemalloc where it was opened
LEFT = "import gc\ndef use():\n    f = open('/dev/null')\nuse()\ngc.collect()\n"
out = subprocess.run([sys.executable, "-W", "default", "-c", LEFT], capture_output=True, text=True)
assert "ResourceWarning: unclosed file" in out.stderr, out
assert "Enable tracemalloc to get the object allocation traceback" in out.stderr, out
out = subprocess.run([sys.executable, "-W", "default", "-X", "tracemalloc=3", "-c", LEFT],
                     capture_output=True, text=True)
assert "Object allocated at" in out.stderr and "lineno 3" in out.stderr, out

# a file object that could not be made does not own the descriptor it was given
NAMELESS = """import gc, io, os
class Nameless(io.FileIO):
    def __setattr__(self, name, value):
        raise ValueError(name)
fd = os.open(os.devnull, os.O_RDONLY)
for i in range(20):
    try:
        Nameless(fd)
    except ValueError:
        pass
os.close(fd)
again = os.open(os.devnull, os.O_RDONLY)
assert again == fd
gc.collect()
os.fstat(again)
"""
out = subprocess.run([sys.executable, "-c", NAMELESS], capture_output=True, text=True)
assert out.returncode == 0 and out.stderr == "", out


# functools.lru_cache: one hash per call, none for what is evicted
class Key:
    hashed = 0

    def __hash__(self):
        Key.hashed += 1
        return 9


@functools.lru_cache(maxsize=1)
def second(x, y):
    return y


key = Key()
counts = []
for args in ((key, 1), (key, 1), (6, 2), (key, 1)):
    second(*args)
    counts.append(Key.hashed)
assert counts == [1, 2, 2, 3], counts
