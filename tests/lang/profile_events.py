"""Events of sys.setprofile: Python and built-in functions, generators, with statements; a program
under cProfile."""
import cProfile
import io
import pstats
import sys
import threading


def events(fn):
    """What a profile function sees of fn: (function, line in it, event, built-in function)."""
    seen = []

    def profile(frame, event, arg):
        name = arg.__qualname__ if event.startswith("c_") else None
        seen.append((frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, event,
                     name))

    sys.setprofile(profile)
    try:
        fn()
    except LookupError:
        pass
    sys.setprofile(None)
    assert seen.pop() == ("events", 14, "c_call", "setprofile")
    return seen


def expect(fn, *wanted):
    seen = events(fn)
    wanted = [tuple(w) if len(w) == 4 else (*w, None) for w in wanted]
    assert seen == wanted, "\n".join(["", *map(str, seen)])


def builtins():
    len([1]); [].append(2)
    dict.fromkeys("ab").get("a"); dict.get({}, 1)
    max(*[1, 2], key=lambda v: v)
    int("3")
    print(end="", sep="")


expect(builtins, ("builtins", 0, "call"),
       ("builtins", 1, "c_call", "len"), ("builtins", 1, "c_return", "len"),
       ("builtins", 1, "c_call", "list.append"), ("builtins", 1, "c_return", "list.append"),
       ("builtins", 2, "c_call", "dict.fromkeys"), ("builtins", 2, "c_return", "dict.fromkeys"),
       ("builtins", 2, "c_call", "dict.get"), ("builtins", 2, "c_return", "dict.get"),
       ("builtins", 2, "c_call", "dict.get"), ("builtins", 2, "c_return", "dict.get"),
       ("builtins", 3, "c_call", "max"),
       ("<lambda>", 0, "call"), ("<lambda>", 0, "return"), ("<lambda>", 0, "call"),
       ("<lambda>", 0, "return"),
       ("builtins", 3, "c_return", "max"),
       ("builtins", 5, "c_call", "print"), ("builtins", 5, "c_return", "print"),
       ("builtins", 5, "return"))


def raising():
    try:
        len(3)
    except TypeError:
        pass
    [].pop()


expect(raising, ("raising", 0, "call"),
       ("raising", 2, "c_call", "len"), ("raising", 2, "c_exception", "len"),
       ("raising", 5, "c_call", "list.pop"), ("raising", 5, "c_exception", "list.pop"),
       ("raising", 5, "return"))


kept = []


def numbers():
    try:
        yield 1
    except ValueError:
        yield 2
    return 3


def resumed():
    for _ in numbers():
        pass
    g = numbers()
    kept[:] = [g]
    g.send(None)
    g.throw(ValueError)


expect(resumed, ("resumed", 0, "call"),
       ("numbers", 0, "call"), ("numbers", 2, "return"), ("numbers", 2, "call"),
       ("numbers", 5, "return"),
       ("resumed", 5, "c_call", "generator.send"),
       ("numbers", 0, "call"), ("numbers", 2, "return"),
       ("resumed", 5, "c_return", "generator.send"),
       ("resumed", 6, "c_call", "generator.throw"),
       ("numbers", 2, "call"), ("numbers", 4, "return"),
       ("resumed", 6, "c_return", "generator.throw"),
       ("resumed", 6, "return"))


def with_lock(lock=threading.Lock()):
    with lock:
        pass


expect(with_lock, ("with_lock", 0, "call"),
       ("with_lock", 1, "c_call", "lock.__exit__"), ("with_lock", 1, "c_return", "lock.__exit__"),
       ("with_lock", 1, "return"))


def paths_meet(a=0):
    try:
        iter(())
    finally:
        if a:
            pass


assert events(paths_meet)[-1] == ("paths_meet", 4, "return", None)
assert events(lambda: exec("1"))[2] == ("<module>", -1, "call", None)


# An error in the profile function switches it off.
def bad(frame, event, arg):
    raise ZeroDivisionError


try:
    sys.setprofile(bad)
    len("")
except ZeroDivisionError:
    pass
else:
    raise AssertionError
assert sys.getprofile() is None


# cProfile
def fact(n):
    return 1 if n == 0 else n * fact(n - 1)


def work():
    for _ in range(3):
        fact(5)
    return sorted([3, 1, 2])


profile = cProfile.Profile()
assert profile.runcall(work) == [1, 2, 3]
stats = {entry.code if isinstance(entry.code, str) else entry.code.co_name: entry
         for entry in profile.getstats()}
assert stats["work"].callcount == 1 and stats["work"].reccallcount == 0
assert stats["fact"].callcount == 18 and stats["fact"].reccallcount == 15
assert stats["<built-in method builtins.sorted>"].callcount == 1
assert {sub.code if isinstance(sub.code, str) else sub.code.co_name: sub.callcount
        for sub in stats["work"].calls} == {
    "fact": 3, "<built-in method builtins.sorted>": 1}
assert stats["work"].totaltime >= stats["fact"].totaltime >= stats["fact"].inlinetime > 0
out = io.StringIO()
pstats.Stats(profile, stream=out).sort_stats("cumulative").print_stats()
assert "18/3" in out.getvalue() and "{built-in method builtins.sorted}" in out.getvalue()

ticks = iter(range(100))
profile = cProfile.Profile(lambda: next(ticks), 0.5)
profile.runcall(fact, 1)
times = sorted((e.code.co_name, e.totaltime, e.inlinetime) for e in profile.getstats()
               if not isinstance(e.code, str))
assert times == [("fact", 1.5, 1.5)], times

# One profiler in two threads: each has its own calls under way.
profile = cProfile.Profile()


def profiled():
    profile.enable()
    for _ in range(50):
        fact(10)
    profile.disable()


threads = [threading.Thread(target=profiled) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
calls = {getattr(e.code, "co_name", e.code): e.callcount for e in profile.getstats()}
assert sys.implementation.name == "cpython" or calls["fact"] == 2 * 50 * 11, calls
