"""An __init__ that lets others know its object in the middle: attributes that another thread adds
meanwhile are not lost. As long as nobody knows it, the object is changed without its lock."""
import sys
import threading

from _util import run

OBJECTS = 1500
NAMES = [f"n{i}" for i in range(12)]
box = [None]


def show(o):
    box[0] = o
    return o


def show_caller():
    show(sys._getframe(1).f_locals["self"])


def stores(*names):
    return "".join(f"        self.{name} = {name!r}\n" for name in names)


def made(body, head="class C:\n", name="C"):
    """The class C whose __init__ is `body`, with stores in it for {first} and {rest}."""
    text = head + "    def __init__(self):\n" + body.format(first=stores(*NAMES[:2]),
                                                            rest=stores(*NAMES[2:]))
    scope = {"show": show, "show_caller": show_caller, "sys": sys}
    exec(text, scope)
    return scope[name]


class Property:
    shown = property(None, lambda self, value: show(self))


class Told:
    def __init__(self):
        show(self)


class Setattr:
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        if name == "n1":
            show(self)


class Descriptor:
    class Store:
        def __set__(self, o, value):
            show(o)

    shown = Store()


class Early:
    def __new__(cls):
        return show(object.__new__(cls))


def based(base):
    return made("{first}        self.shown = 1\n{rest}" if hasattr(base, "shown")
                else "{first}{rest}",
                head=f"import __main__\nclass C(__main__.{base.__name__}):\n")


class Again:
    """Calls __init__ of an object that is known."""
    plain = made("{first}{rest}")

    def __new__(cls):
        o = show(object.__new__(cls.plain))
        o.__init__()
        return o


LOOP = """        for i in range(2):
            if i:
{0}
            else:
                show(self)
"""
ways = {
    "nothing": made("{first}{rest}        show(self)\n"),
    "a read": made("{first}        show(self)\n{rest}"),
    "a copy": made("        me = self\n{first}        show(me)\n{rest}"),
    "a method": made("{first}        self.tell()\n{rest}    def tell(self):\n        show(self)\n"),
    "an item": made("{first}        show.__globals__['box'][0] = self\n{rest}"),
    "f_locals": made("{first}        show_caller()\n{rest}"),
    "locals()": made("{first}        show(locals()['self'])\n{rest}"),
    "a traceback": made("{first}        try:\n            raise KeyError\n        except KeyError "
                        "as e:\n"
                        "            show(e.__traceback__.tb_frame.f_locals['self'])\n{rest}"),
    "a closure": made("{first}        def f():\n            show(self)\n        f()\n{rest}"),
    "a loop": made(LOOP.format("".join("        " + line + "\n"
                                       for line in stores(*NAMES).splitlines()))),
    "super()": made("{first}        super().__init__()\n{rest}",
                    head="import __main__\nclass C(__main__.Told):\n"),
    "super() alone": made("{first}        show(super().__self__)\n{rest}"),
    "a property": based(Property),
    "a descriptor": based(Descriptor),
    "__setattr__": based(Setattr),
    "__new__": based(Early),
    "__init__ again": Again,
    "more arguments": made("{first}        show(self)\n{rest}",
                           head="class D:\n    __slots__ = ()\nclass C(D):\n"),
}


def make(kind, finished):
    objects = [kind() for _ in range(OBJECTS)]
    finished.set()
    return objects


def add(finished):
    """Adds attributes to each object that it sees, as soon as it sees it."""
    last, seen = None, []
    while not finished.is_set():
        o = box[0]
        if o is not last and o is not None:
            o.x0 = "x0"
            o.x1 = "x1"
            o.x2 = "x2"
            last = o
            seen.append(o)
    return seen


for way, kind in ways.items():
    finished = threading.Event()
    objects, seen = run(lambda k: make(kind, finished) if k == 0 else add(finished), each=2)
    for o in objects:
        for name in NAMES:
            assert getattr(o, name, None) == name, (way, name, vars(o))
    for o in seen:
        if isinstance(o, kind if kind is not Again else Again.plain):
            for name in ("x0", "x1", "x2"):
                assert getattr(o, name, None) == name, (way, name, vars(o))
    box[0] = None
