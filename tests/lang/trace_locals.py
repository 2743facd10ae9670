"""What a trace or profile function puts into f_locals becomes the values of the variables."""
import sys


def hooked(install, event, name, changes, fn, *args):
    """fn(*args) with f_locals of the function `name` changed once, at its event (event, line in the
    function)."""
    todo = dict(changes)

    def hook(frame, what, arg):
        if todo and frame.f_code.co_name == name and (what,
                                                      frame.f_lineno - frame.f_code.co_firstlineno) == event:
            frame.f_locals.update(todo)
            todo.clear()
        return hook

    install(hook)
    try:
        return fn(*args)
    finally:
        install(None)


def plain(a, b=2):
    c = a + b
    return a, b, c


assert hooked(sys.settrace, ("line", 2), "plain", {"b": 20, "c": 30}, plain, 1) == (1, 20, 30)
assert hooked(sys.settrace, ("call", 0), "plain", {"a": 10}, plain, 1) == (10, 2, 12)
assert hooked(sys.setprofile, ("call", 0), "plain", {"a": 10}, plain, 1) == (10, 2, 12)


def closures(a):
    b = 2

    def inner():
        return a, b
    b += 0
    return inner(), a, b, sorted(locals())


assert hooked(sys.settrace, ("line", 5), "closures", {"a": "A", "b": 5, "new": 0}, closures, 1) == (
    ("A", 5), "A", 5, ["a", "b", "inner", "new"])
assert (hooked(sys.settrace, ("call", 0), "closures", {"a": "A"}, closures, 1)[:3]
        == (("A", 2), "A", 2))
assert hooked(sys.settrace, ("call", 0), "inner", {"a": "A"}, closures, 1)[0][0] == "A"


def counting():
    total = 0
    for i in range(3):
        total += i
        yield total


assert list(hooked(sys.settrace, ("line", 3), "counting", {"total": 100},
                   lambda: list(counting()))) == [100, 101, 103]


def body():
    class C:
        x = 1
        y = x + 1
    return C


assert hooked(sys.settrace, ("line", 2), "C", {"x": 41}, body).y == 42

# A hook that only looks changes nothing, and f_locals is up to date at each event.
seen = []


def looking(frame, event, arg):
    if frame.f_code.co_name == "loop" and event == "line":
        seen.append(dict(frame.f_locals))
    return looking


def loop():
    x = 1
    x += 1
    return x


sys.settrace(looking)
assert loop() == 2
sys.settrace(None)
assert seen == [{}, {"x": 1}, {"x": 2}]
