"""Threads import modules that import each other in cycles, in random order: each module runs once,
all imports end, and what a thread gets from its own top-level import is complete unless it is in
the cycle itself."""
import importlib.machinery
import os
import random
import shutil
import sys
import tempfile
import threading

SCHEDULES = int(sys.argv[1]) if len(sys.argv) > 1 else 100
TYPHON = sys.implementation.name == "typhon"
ran = {}
ran_lock = threading.Lock()


def count(name):
    with ran_lock:
        ran[name] = ran.get(name, 0) + 1


class Found:
    """A finder that makes the modules of one schedule: name -> names it imports."""

    def __init__(self, graph):
        self.graph = graph

    def find_spec(self, name, path=None, target=None):
        if name in self.graph:
            return importlib.machinery.ModuleSpec(name, self,
                                                  is_package=any(n.startswith(name + ".")
                                                                 for n in self.graph))

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        count(module.__name__)
        for other in self.graph[module.__name__]:
            importlib.import_module(other)
        module.done = True


def run(names, threads, seed):
    start = threading.Barrier(threads)
    errors = []

    def work(order):
        start.wait()
        try:
            for name in order:
                importlib.import_module(name)
        except BaseException as e:
            errors.append(e)

    workers = []
    for i in range(threads):
        order = names[:]
        random.Random(seed * 31 + i).shuffle(order)
        workers.append(threading.Thread(target=work, args=(order,)))
    for w in workers:
        w.start()
    for w in workers:
        w.join(60)
        assert not w.is_alive(), ("deadlock", seed)
    if not TYPHON and any(type(e).__name__ == "_DeadlockError" for e in errors):
        for name in names:  # the reference lets it out now and then
            ran.pop(name, None)
            sys.modules.pop(name, None)
        return
    assert not errors, (seed, errors)
    for name in names:
        assert ran.pop(name) == 1, name
        assert sys.modules.pop(name).done


def schedule(seed, threads=3):
    rng = random.Random(seed)
    names = [f"m{seed}_{i}" for i in range(rng.randint(2, 6))]
    graph = {name: rng.sample(names, rng.randint(0, min(3, len(names)))) for name in names}
    finder = Found(graph)
    sys.meta_path.insert(0, finder)
    try:
        run(names, threads, seed)
    finally:
        sys.meta_path.remove(finder)


for seed in range(SCHEDULES):
    schedule(seed)

# the same with files; packages whose __init__ imports its submodules, which import the package
folder = tempfile.mkdtemp()
sys.path.insert(0, folder)
sys.import_test_count = count
try:
    for seed in range(SCHEDULES // 10):
        rng = random.Random(-seed)
        names = [f"f{seed}_{i}" for i in range(5)]
        if TYPHON:  # the reference raises _DeadlockError here
            names += [f"p{seed}", f"p{seed}.a", f"p{seed}.b"]
            os.mkdir(os.path.join(folder, f"p{seed}"))
        for name in names:
            path = name.replace(".", "/") + ("/__init__.py" if name == f"p{seed}" else ".py")
            with open(os.path.join(folder, path), "w") as f:
                f.write("import sys\nsys.import_test_count(__name__)\n")
                for other in rng.sample(names, 3):
                    f.write(f"import {other}\n")
                f.write("done = True\n")
        importlib.invalidate_caches()
        run(names, 4, seed)
finally:
    shutil.rmtree(folder)
