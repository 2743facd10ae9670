"""What C code takes from generators, one item after the other: list, tuple, set, sum, any, all."""
import gc
import sys
import threading


def count(n):
    for i in range(n):
        yield i


def raises(kind, function, *args):
    try:
        function(*args)
    except kind as e:
        return e
    raise AssertionError(f"{function} did not raise {kind}")


def results():
    assert list(count(5)) == [0, 1, 2, 3, 4] and [*count(2)] == [0, 1]
    assert tuple(count(3)) == (0, 1, 2) and set(count(3)) == {0, 1, 2}
    assert sum(count(10)) == 45 and sum((x * 1.5 for x in count(3)), 0.5) == 5.0
    assert sum((2**62 for _ in count(3))) == 3 * 2**62
    assert all(x < 3 for x in count(3)) and not all(x < 3 for x in count(10)) and all(count(0))
    assert any(x == 3 for x in count(10)) and not any(count(0)) and not any(x > 3 for x in count(2))
    it = count(10)
    assert any(x == 3 for x in it) and next(it) == 4
    assert list(it) == [5, 6, 7, 8, 9] and list(it) == [] and sum(it) == 0
    assert sum(sum(x for x in range(y)) for y in range(5)) == 10
    assert list(list(count(n)) for n in count(3)) == [[], [0], [0, 1]]


def errors():
    def bad():
        yield 1
        raise KeyError("x")

    def stop():
        yield 1
        raise StopIteration

    assert raises(KeyError, list, bad()).args == ("x",)
    assert isinstance(raises(RuntimeError, sum, stop()).__cause__, StopIteration)
    it = iter([1, "a", 3])
    raises(TypeError, sum, (x for x in it))
    assert list(it) == [3]

    def itself():
        yield 1
        list(me)

    me = itself()
    assert "already executing" in str(raises(ValueError, list, me))

    def endless(n):
        yield sum(endless(n + 1))

    raises(RecursionError, list, endless(0))


def seen_meanwhile():
    """The taker runs code that uses the generator, or sees what it has got so far."""
    log = []

    class Closing:
        def __radd__(self, other):
            it.close()
            return self

    def until_closed():
        try:
            while True:
                yield Closing()
        finally:
            log.append("closed")

    it = until_closed()
    assert isinstance(sum(it), Closing) and log == ["closed"]

    class Taking:
        def __radd__(self, other):
            return other + next(items)

    items = (x if x % 2 else Taking() for x in range(4))
    assert sum(items) == 1 + 3
    got = []

    def length():
        for _ in range(4):
            yield len(got)

    got.extend(length())
    assert got == [0, 1, 2, 3]

    class Key:
        def __hash__(self):
            return sum(count(2))

        def __eq__(self, other):
            return any(count(2))

    assert len(set(Key() for _ in range(3))) == 1

    def collecting():
        yield sys._getframe().f_back.f_code.co_name
        gc.collect()
        yield 2

    assert list(collecting()) == ["seen_meanwhile", 2]


def traced():
    lines, profiled = [], []

    def tracer(frame, event, arg):
        if frame.f_code.co_name == "items":
            lines.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
        return tracer

    def profiler(frame, event, arg):
        if frame.f_code.co_name in ("items", "<genexpr>"):
            profiled.append(event)

    def items():
        yield 1
        sys.settrace(tracer)
        yield 2
        yield 3
        sys.settrace(None)
        yield 4

    assert list(items()) == [1, 2, 3, 4]
    assert lines == [("call", 3), ("line", 4), ("return", 4), ("call", 4), ("line", 5)], lines
    items = count(2)
    sys.setprofile(profiler)
    total = sum(x for x in items)
    sys.setprofile(None)
    assert total == 1 and [e for e in profiled if "c_" not in e] == ["call", "return"] * 3, profiled


def in_threads():
    wrong, got = [], []
    shared = count(20_000)

    def own():
        for _ in range(500):
            if sum(x for x in count(20)) != 190:
                wrong.append(1)

    def take():
        try:
            got.extend(shared)
        except ValueError: # another thread is in it
            pass

    threads = [threading.Thread(target=f) for f in (own, own, take, take)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and sorted(got) == sorted(set(got)) and set(got) <= set(range(20_000))


results()
errors()
seen_meanwhile()
traced()
in_threads()
