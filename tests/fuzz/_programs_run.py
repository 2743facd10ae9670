"""Runs programs of _programs.py and prints what they show.

    _programs_run.py FILE [lines]      FILE: a pickled list of sources

With `lines` the trace events of the programs are printed, too.  Output of two interpreters is
comparable: no addresses, no order of sets, no names of types that only one of them has.
"""
import itertools
import pickle
import re
import signal
import sys
import types
import warnings

SECONDS, LINES_SECONDS, SHOWN, EVENTS = 3, 20, 300, 3000
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


class TooLong(BaseException):
    pass


def plain(value, depth=0):
    """A text for the value that is the same under every interpreter."""
    try:
        if type(value) is int and value.bit_length() > 2000:
            return f"{value.bit_length()} bits"
        if isinstance(value, (set, frozenset)):
            return f"{type(value).__name__} {sorted(plain(item, depth + 1) for item in value)}"
        if isinstance(value, types.CoroutineType):
            value.close()
        if isinstance(value, (types.GeneratorType, types.CoroutineType)):
            return type(value).__name__
        if isinstance(value, (list, tuple)) and depth < 6:
            return f"{type(value).__name__}[{', '.join(plain(item, depth + 1) for item in value[:50])}]"
        if type(value) is dict and depth < 6:
            items = itertools.islice(value.items(), 50)
            return "{" + ", ".join(f"{plain(key, depth + 1)}: {plain(item, depth + 1)}" for key,
                                   item in items) + "}"
        return ADDRESS.sub("", repr(value))[:400]
    except Exception as e:
        return f"no repr: {type(e).__name__}"


class Transcript:
    def __init__(self):
        self.count = 0

    def show(self, *values):
        self.count += 1
        if self.count < SHOWN:
            print(*(plain(value) for value in values))

    def error(self, e):
        if isinstance(e, RecursionError):  # where it ends differs
            raise TooLong
        lines, tb = [], e.__traceback__
        while tb and len(lines) < 12:
            lines.append(tb.tb_lineno)
            tb = tb.tb_next
        self.show(type(e).__name__, ADDRESS.sub("", str(e))[:300], lines,
                  type(e.__context__).__name__, type(e.__cause__).__name__)


class C:
    x = 5

    def __init__(self, x=1, *more):
        self.y = x

    def method(self, v=0):
        return self.y, v

    @classmethod
    def of_class(cls, v=0):
        return cls.__name__, v

    @staticmethod
    def static(v=0):
        return v

    @property
    def managed(self):
        return self.y

    @managed.setter
    def managed(self, v):
        self.y = [v]

    def __repr__(self):
        return "C!"

    def __add__(self, other):
        return "add", other

    def __radd__(self, other):
        return "radd", other

    def __getitem__(self, i):
        if isinstance(i, int) and i > 3:
            raise IndexError(i)
        return i

    def __lt__(self, other):
        return True


class Manager:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value

    def __exit__(self, kind, e, tb):
        print("exit", kind and kind.__name__)
        return self.value == 1


class AsyncManager(Manager):
    async def __aenter__(self):
        return self.value

    async def __aexit__(self, *failure):
        return self.__exit__(*failure)


async def identity(value):
    return value


async def items_of(iterable):
    for item in iterable:
        yield item


async def collect(generator):
    out = []
    async for item in generator:
        out.append(item)
        if len(out) > 5:
            break
    return out


def run(coroutine):
    for _ in range(20):
        try:
            coroutine.send(None)
        except StopIteration as e:
            return e.value
    return "long"


def drive(generator):
    out = []
    try:
        out.append(next(generator))
        out += [generator.send(i) for i in range(4)]
        out.append(generator.throw(ValueError(1)))
        out.append(next(generator))
        generator.close()
    except Exception as e:
        out.append(repr(e)[:200])
    return out


def small(iterable):
    ordered = sorted(iterable, key=plain) if isinstance(iterable, (set, frozenset)) else iterable
    return list(itertools.islice(ordered, 5))


def first(iterable):
    return next(iter(small(iterable)), "none")


def keywords(p, q=2, *args, k=3, **more):
    return p, q, args, k, sorted(more)


def same(function):
    return function


def too_long(*signal_and_frame):
    raise TooLong


def tracer_of(events):
    def trace(frame, event, arg):
        if frame.f_code.co_filename != "program" or len(events) > EVENTS:
            return None
        events.append(f"{frame.f_code.co_name} {event} {frame.f_lineno}")
        return trace
    return trace


def run_program(source, with_lines):
    transcript, events = Transcript(), []
    helpers = (C, Manager, AsyncManager, identity, items_of, collect, run, drive, small, first,
               keywords, same)
    namespace = ({"__name__": "program", "show": transcript.show, "error": transcript.error}
                 | {each.__name__: each for each in helpers})
    # again: there are bare excepts
    signal.setitimer(signal.ITIMER_REAL, LINES_SECONDS if with_lines else SECONDS, .2)
    try:
        code = compile(source, "program", "exec")
        if with_lines:
            sys.settrace(tracer_of(events))
        exec(code, namespace)
    except (TooLong, RecursionError):
        print("too long")
    except SyntaxError as e:
        print("SyntaxError", e)
    except BaseException as e:
        transcript.error(e)
    finally:
        sys.settrace(None)
        signal.setitimer(signal.ITIMER_REAL, 0)
    print(*events, sep="\n")


def main():
    warnings.simplefilter("ignore")
    sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(300)
    sys.unraisablehook = lambda *args: None
    signal.signal(signal.SIGALRM, too_long)
    with open(sys.argv[1], "rb") as file:
        programs = pickle.load(file)
    for i, source in enumerate(programs):
        print("\f", i, flush=True)
        run_program(source, "lines" in sys.argv[2:])


if __name__ == "__main__":
    main()
