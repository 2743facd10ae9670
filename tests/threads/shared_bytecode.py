"""Threads import the same files under different names at the same moment: each is read or compiled
once."""
import importlib
import os
import shutil
import sys
import tempfile

from _util import run

TYPHON = sys.implementation.name == "typhon"
FILES, PACKAGES = 20, 8
sys.dont_write_bytecode, sys.pycache_prefix = False, None
folder = tempfile.mkdtemp()
os.mkdir(os.path.join(folder, "shared"))
for i in range(FILES):
    with open(os.path.join(folder, "shared", f"m{i}.py"), "w") as f:
        f.write(f"def f():\n    return {i}\nstate = []\n")
for k in range(PACKAGES):
    os.mkdir(os.path.join(folder, f"p{k}"))
    with open(os.path.join(folder, f"p{k}", "__init__.py"), "w") as f:
        f.write(f"__path__[:] = [{os.path.join(folder, 'shared')!r}]\n")
sys.path.insert(0, folder)


def counts():
    import _imp
    return _imp._bytecode_cache_counts() if TYPHON else {"reads": 0, "compiles": 0, "hits": 0}


def load(k):
    modules = [importlib.import_module(f"p{k % PACKAGES}.m{i}") for i in range(FILES)]
    assert [m.f() for m in modules] == list(range(FILES))
    return modules


for turn in ("compiles", "reads", "hits"):
    # other times in the sources: the entries are stale, the .pyc files are made again by hand
    if turn == "reads":
        import compileall
        for i in range(FILES):
            os.utime(os.path.join(folder, "shared", f"m{i}.py"), (1000, 1000))
        compileall.compile_dir(os.path.join(folder, "shared"), quiet=2)
    for name in [n for n in sys.modules if n.startswith("p") and ".m" in n]:
        del sys.modules[name]
    for k in range(PACKAGES):
        importlib.import_module(f"p{k}")
    before = counts()
    loaded = run(load, each=PACKAGES)
    after = counts()
    assert len({id(m.state) for modules in loaded for m in modules}) == FILES * PACKAGES
    if TYPHON:
        assert len({id(modules[3].f.__code__) for modules in loaded}) == 1
        delta = {key: after[key] - before[key] for key in ("reads", "compiles", "hits")}
        made = FILES if turn != "hits" else 0
        assert (delta["reads"] + delta["compiles"] == made
                and delta["hits"] == FILES * PACKAGES - made), (turn, delta)
        assert turn == "hits" or delta[turn] == FILES, (turn, delta)
shutil.rmtree(folder)
