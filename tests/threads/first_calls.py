"""Threads call the functions of a module for the first time, all at the same moment."""
import shutil
import sys
import tempfile
import threading

folder = tempfile.mkdtemp()
sys.path.insert(0, folder)
FUNCTION = """
def f{0}(a, *b, k={0}, **kw):
    "Documented."
    def inner(x):
        return [x + a + i for i in range(3)]
    class Local:
        v = a
    return inner(k), len(b), sorted(kw), Local.v
"""
N = 40
with open(folder + "/several.py", "w") as f:
    f.write("".join(FUNCTION.format(i) for i in range(N)))
wrong = []


def work(barrier):
    barrier.wait()
    for i in range(N):
        result = getattr(several, f"f{i}")(2, 3, z=1)
        if result != ([i + 2, i + 3, i + 4], 1, ["z"], 2):
            wrong.append((i, result))


for _ in range(10):
    sys.modules.pop("several", None)
    import several
    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=work, args=(barrier,)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong, wrong[:3]
shutil.rmtree(folder)
