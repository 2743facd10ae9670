"""Module globals: written, added and deleted while other threads read them; built-ins shadowed."""
import builtins
import types

from _util import THREADS, run

N = 5000
counter = 0
steady = "steady"


def write(k):
    global counter, moving
    for i in range(N):
        counter = i
        moving = i
        globals()[f"extra{k}_{i % 300}"] = i
        if i % 7 == 0:
            globals().pop("moving", None)


def read(k):
    for i in range(N):
        assert steady == "steady" and type(counter) is int and len("abc") == 3
        try:
            assert type(moving) is int
        except NameError:
            pass


run(write, read, each=2)
assert sum(name.startswith("extra") for name in globals()) == 300 * 2

module = types.ModuleType("shared")


def use(k):
    for i in range(N // 2):
        setattr(module, f"a{i % 50}", i)
        assert type(getattr(module, f"a{i % 50}")) is int


run(use, each=THREADS)
assert len([n for n in vars(module) if n[0] == "a"]) == 50


def shadow(k):
    global ord
    for i in range(N // 5):
        if k == 0:
            ord = lambda c: -1
            builtins.made_up = i
            del ord
        else:
            assert ord("a") in (97, -1)
            type(getattr(builtins, "made_up", 0)) is int


run(shadow, each=THREADS)
