"""__lazy_modules__: imports of these modules happen at the first use of the name (PEP 810); the
reference of 3.11 imports them at once."""
import importlib
import os
import sys
import tempfile
import threading

from _trees import make, python

folder = os.path.realpath(tempfile.mkdtemp())
os.chdir(folder)
sys.path.insert(0, folder)
sys.dont_write_bytecode = True
lazy_here = sys.implementation.name == "typhon"
log = []
sys.modules["log"] = type(sys)("log")
sys.modules["log"].log = log
noisy = "from log import log\nlog.append(__name__)\n"
make({"one.py": noisy + "value = 1\n", "two.py": noisy + "value, other = 2, 3\n", "three.py": noisy,
      "bad.py": noisy + "1 / 0\n",
      "pack/__init__.py": noisy, "pack/a.py": noisy + "value = 'a'\n",
      "pack/b.py": noisy + "value = 'b'\n", "lib/__init__.py": noisy,
      "lib/near.py": noisy + "here = 1\n",
      "lib/user.py": "__lazy_modules__ = {'lib', 'lib.near'}\nfrom .near import here\nfrom . "
                     "import near\n"})


def run(text, name="main"):
    """The namespace after a module's text, and the modules imported meanwhile."""
    module = type(sys)(name)
    del log[:]
    exec(compile(text, name + ".py", "exec"), module.__dict__)
    return module, list(log)


def check(seen, eager):
    assert seen == ([] if lazy_here else eager), seen


# import, import as, from; each at its first use, once; what is not in the list as ever
m, seen = run("__lazy_modules__ = ['one', 'two', 'pack.a']\nimport one\nimport two as zwei\nimport pack.a as pa\nfrom two import other\nimport three\n"
              "def use():\n    return one.value, zwei.value, other, pa.value\n")
assert [x for x in seen if x in ("one", "two", "pack")] == ([] if lazy_here
                                                            else ["one", "two", "pack"]) and "three" in seen
assert "one" in vars(m) and ("one" in sys.modules) != lazy_here
assert m.use() == (1, 2, 3, "a") and m.use() == (1, 2, 3, "a")
assert sorted(log) == ["one", "pack", "pack.a", "three", "two"]
assert vars(m)["one"] is sys.modules["one"] and vars(m)["other"] == 3


def forget(*names):
    for name in names:
        sys.modules.pop(name, None)


# as an attribute of the module, by another module's from, through exec and eval, in a class body
for use in ("m.one.value", "__import__('m', fromlist=['one']).one.value",
            "eval('one.value', vars(m))", "eval('one.value', {}, vars(m))"):
    forget("one")
    m, seen = run("__lazy_modules__ = ['one']\nimport one\n", "m")
    check(seen, ["one"])
    sys.modules["m"] = m
    assert eval(use) == 1 and log == ["one"]
forget("one")
m, seen = run("__lazy_modules__ = ['one']\nimport one\nclass C:\n    value = one.value\n")
assert m.C.value == 1

# submodules of one package under one name
forget("pack", "pack.a", "pack.b")
m, seen = run("__lazy_modules__ = ['pack.a', 'pack.b']\nimport pack.a\nimport pack.b\n")
check(seen, ["pack", "pack.a", "pack.b"])
assert m.pack.a.value + m.pack.b.value == "ab"

# names of relative imports are absolute in the list
import lib.user
check([x for x in log if x == "lib.near"], ["lib.near"])
assert lib.user.here == 1 and lib.user.near is sys.modules["lib.near"]

# not lazy: in functions, classes, try in all its parts, import *
for text in ("def f():\n    import one\nf()\n", "class C:\n    import one\n",
             "try:\n    import one\nfinally:\n    pass\n",
             "try:\n    pass\nfinally:\n    import one\n",
             "try:\n    1/0\nexcept ZeroDivisionError:\n    import one\n",
             "try:\n    pass\nexcept ZeroDivisionError:\n    pass\nelse:\n    import one\n",
             "from one import *\n"):
    forget("one")
    assert run("__lazy_modules__ = ['one']\n" + text)[1] == ["one"], text
# but in other statements, and the list is asked at each import
forget("one", "two")
check(run("__lazy_modules__ = ['one']\nif True:\n    import one\nfor x in 1, 2:\n    import one\n")[1], ["one"])
forget("one")
assert (run("import one\n__lazy_modules__ = ['one']\nimport two\n__lazy_modules__ = None\nimport "
            "three")[1] == ["one", "two"])


class Names:
    def __contains__(self, name):
        asked.append(name)
        return name == "one"


asked = []
sys.modules["names"] = type(sys)("names")
sys.modules["names"].Names = Names
forget("one", "two")
m, seen = run("from names import Names\n__lazy_modules__ = Names()\nimport one, two\n")
assert (seen == (["two"] if lazy_here else ["one", "two"])
        and asked == (["one", "two"] if lazy_here else []))

# bound anew, deleted, and bound before: caches of the loads see the module
forget("one")
m, seen = run("__lazy_modules__ = ['one']\nimport one\none = 5\nassert one == 5\n")
check(seen, ["one"])
forget("one")
m, seen = run("__lazy_modules__ = ['one']\nimport one\ndel one\n")
check(seen, ["one"])
forget("one")
m, seen = run("__lazy_modules__ = ['one']\none = 5\ndef f():\n    return one\nfor i in range(3):\n    assert f() == 5\nimport one\n"
              "assert f().value == 1\n")
forget("one")
m, seen = (run("__lazy_modules__ = ['one']\nglobal one\none = 5\nimport one\nassert one.value == "
               "1\n"))
assert seen == ["one"]

# errors: at the first use, every time, with the place of the import as the cause
text = ("__lazy_modules__ = ['bad', 'missing', 'one']\nimport bad\nimport missing\nfrom one import "
        "absent\n")
if lazy_here:
    m, seen = run(text)
    for name, kind, message in (("bad", ZeroDivisionError, "division by zero"),
                                ("missing", ModuleNotFoundError, "No module named 'missing'"),
                                ("absent", ImportError, "cannot import name 'absent' from 'one'")):
        for i in range(2):
            try:
                getattr(m, name)
            except kind as e:
                assert message in str(e), e
                assert (str(e.__cause__).startswith("lazy import of '")
                        and "(main.py, line " in str(e.__cause__)), e.__cause__
            else:
                assert False, name
    assert (repr(vars(m)["bad"]) == "<lazy_import 'bad'>"
            and repr(vars(m)["absent"]) == "<lazy_import 'one.absent'>")
    assert "absent" in dir(m)
    # the object itself, in a namespace that shows it
    forget("one")
    m, seen = run("__lazy_modules__ = ['one']\nfrom one import value\n")
    assert vars(m)["value"].resolve() == 1 and m.value == 1

# several threads: one import, all get it
forget("one")
m, seen = run("__lazy_modules__ = ['one']\nimport one\ndef f():\n    return one\n")
got, start = [], threading.Barrier(4)


def use():
    start.wait()
    got.append(m.f())


threads = [threading.Thread(target=use) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert log == ["one"] and got == [sys.modules["one"]] * 4

# a cycle: each waits for the other's use
make({"left.py": "__lazy_modules__ = ['right']\nimport right\ndef f(): return right.g()\n",
      "right.py": "__lazy_modules__ = ['left']\nimport left\nfrom left import f\ndef g(): return "
                  "7\n"})
if lazy_here:
    import left
    assert "right" not in sys.modules and left.f() == 7 and sys.modules["right"].f() == 7

# reload, a main program, -c
importlib.reload(sys.modules["one"])
make({"prog.py": "__lazy_modules__ = ['json', 'sqlite3']\nimport json, sqlite3, sys\nprint('json' "
                 "in sys.modules, json.dumps([1]), 'sqlite3' in sys.modules)\n"})
assert python("prog.py")[0] == ("False [1] False\n" if lazy_here else "True [1] True\n")
assert python("-c", "__lazy_modules__ = ['json']; import json; print(json.loads('3'))")[0] == "3\n"
