# What hooks of sys.addaudithook() are told, and that they can forbid it.
import os
import sys
import tempfile
import types

seen = []
forbidden = set()
on = False


def hook(event, args):
    if on:
        seen.append((event, args))
        if event in forbidden:
            raise PermissionError(event)


sys.addaudithook(hook)


def events(action, *forbid):
    """What happens during action(): the events, and the event that stopped it."""
    global on
    seen.clear()
    forbidden.clear()
    forbidden.update(forbid)
    on, stopped = True, None
    try:
        action()
    except PermissionError as e:
        stopped = str(e)
    finally:
        on = False
    return [e for e in seen if not e[0].startswith("object.__getattr__")], stopped


def names(action, *forbid):
    found, stopped = events(action, *forbid)
    return [name for name, _ in found], stopped


class A:
    pass


class B:
    pass


def function(x=1):
    return x


# code
assert names(lambda: eval("1 + 1")) == (["compile", "exec"], None)
assert names(lambda: exec("x = 1"), "exec") == (["compile", "exec"], "exec")
assert events(lambda: compile("1", "name", "eval"))[0] == [("compile", (b"1", "name"))]
assert events(lambda: eval("2"))[0][0] == ("compile", (b"2", "<string>"))
assert names(lambda: function.__code__.replace(co_name="f")) == (["code.__new__"], None)
assert names(lambda: types.FunctionType(function.__code__, {})) == (["function.__new__"], None)

# attributes that change what classes and functions are
a = A()
for change, key in ((lambda: setattr(A, "__name__", "C"), (A, "__name__", "C")),
                    (lambda: setattr(a, "__class__", B), (a, "__class__", B)),
                    (lambda: setattr(function, "__defaults__", (2,)),
                     (function, "__defaults__", (2,)))):
    found, stopped = events(change, "object.__setattr__")
    assert found == [("object.__setattr__", key)] and stopped == "object.__setattr__", found
assert A.__name__ == "A" and type(a) is A and function() == 1
assert names(lambda: setattr(A, "value", 1)) == ([], None)

# files
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "file")
    assert names(lambda: open(path, "w"), "open") == (["open"], "open")
    assert not os.path.exists(path)
    found, _ = events(lambda: open(path, "wb").close())
    assert found[0][0] == "open" and found[0][1][:2] == (path, "w"), found

    # imports
    with open(os.path.join(folder, "audited_module.py"), "w") as f:
        f.write("x = 1\n")
    sys.path.insert(0, folder)
    stopped = events(lambda: __import__("audited_module"), "import")[1]
    assert stopped == "import" and "audited_module" not in sys.modules
    found, _ = events(lambda: __import__("audited_module"))
    assert found[0][0] == "import" and found[0][1][0] == "audited_module", found
    assert {"compile", "exec"} <= {name for name, _ in found}
    opened = [args for name, args in found if name == "open"]
    assert (os.path.join(folder, "audited_module.py"), "r") in [args[:2] for args in opened], opened

    def again():
        del sys.modules["audited_module"]
        os.utime(os.path.join(folder, "audited_module.py"), (1, 1))
        __import__("audited_module")

    assert names(again, "open")[1] == "open" and "audited_module" not in sys.modules

# interpreter
assert names(lambda: sys._getframe()) == (["sys._getframe"], None)
assert names(lambda: id(1)) == (["builtins.id"], None)
assert names(lambda: sys.settrace(None)) == (["sys.settrace"], None)
assert names(lambda: sys.audit("own.event", 1)) == (["own.event"], None)

# hooks are not traced unless they want to be
calls = []


def trace(frame, event, arg):
    calls.append(frame.f_code.co_name)


sys.settrace(trace)
id(1)
hook.__cantrace__ = True
id(1)
sys.settrace(None)
assert calls.count("hook") >= 1
hook.__cantrace__ = False
before = len(calls)
sys.settrace(trace)
id(1)
sys.settrace(None)
assert len(calls) == before

# a hook that refuses others
def refuse(event, args):
    if event == "sys.addaudithook":
        raise RuntimeError


sys.addaudithook(refuse)
late = []
sys.addaudithook(lambda *args: late.append(args))
sys.audit("x")
assert not late
