"""Trace and profile functions that raise, and the exception events of iterators and delegation."""
import sys
import traceback


def entries(install, wanted, fn):
    """Functions and lines in the traceback of what a hook raises at fn's first `wanted` event."""
    def hook(frame, event, arg):
        if event == wanted:
            raise ZeroDivisionError(event)
        return hook

    try:
        install(hook)
        fn()
    except ZeroDivisionError as e:
        install(None)
        return [(s.name, s.lineno - fn.__code__.co_firstlineno)
                for s in traceback.extract_tb(e.__traceback__)[1:]]
    install(None)
    return None


def steps():
    x = len("")
    try:
        raise KeyError
    except KeyError:
        pass
    return x


HOOK = ("hook", entries.__code__.co_firstlineno + 4 - steps.__code__.co_firstlineno)
assert entries(sys.settrace, "call", steps) == [("steps", 0), ("steps", 0), HOOK]
assert entries(sys.settrace, "line", steps) == [("steps", 1), ("steps", 1), HOOK]
assert entries(sys.settrace, "exception", steps) == [("steps", 3), HOOK]
assert entries(sys.settrace, "return", steps) == [("steps", 6), HOOK]
assert entries(sys.setprofile, "call", steps) == [("steps", 0), ("steps", 0), HOOK]
assert entries(sys.setprofile, "c_call", steps) == [("steps", 1), ("steps", 1), HOOK]
assert entries(sys.setprofile, "return", steps) == [("steps", 6), HOOK]
assert sys.gettrace() is None and sys.getprofile() is None


class Ended:
    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration


def inner():
    yield 1
    return 5


def outer():
    yield from [1]
    yield from inner()
    yield from Ended()
    for _ in Ended():
        pass
    yield from (i for i in ())


def exceptions(fn):
    seen = []

    def trace(frame, event, arg):
        if event == "exception":
            seen.append((frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno,
                         str(arg[1])))
        return trace

    sys.settrace(trace)
    fn()
    sys.settrace(None)
    return seen


def consume():
    for _ in outer():
        pass


assert exceptions(consume) == [("outer", 2, "5"), ("__next__", 1, ""), ("outer", 3, ""),
                               ("__next__", 1, ""), ("outer", 4, "")], exceptions(consume)


# A local trace function stays when the global one returns None at the next call event of a
# generator.
def lines_of_second_step():
    seen = []

    def local(frame, event, arg):
        seen.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
        return local

    def numbers():
        yield 1
        yield 2

    g = numbers()
    sys.settrace(lambda frame, event, arg: local if frame.f_code is numbers.__code__ and not seen
                 else None)
    next(g)
    next(g)
    sys.settrace(None)
    return seen


assert lines_of_second_step() == [("line", 1), ("return", 1), ("line", 2), ("return", 2)]
