"""Tries inputs in the interpreter under test: `INTERP _child.py FUZZER FOLDER SEED FIRST COUNT`.

It makes the inputs itself, by number, and notes in shared memory (_results.py) what came of each.
What an input raises is fine when it is an error the language allows; SystemError and the like are
noted as unclean, and so is loading that takes more than a second or more than 64 MB beyond the
sizes that an archive declares.  Code that runs for long is interrupted by an alarm; loading is not,
but the process is ended when it takes longer yet (_common.py).
"""
import builtins
import importlib
import io
import marshal
import os
import pickle
import resource
import signal
import sys
import time
import zipimport
import zlib
from importlib.machinery import SourcelessFileLoader

import _guide
from _results import Results

CLEAN_SOURCE = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
CLEAN_LOAD = (ImportError, EOFError, ValueError, TypeError, RecursionError, MemoryError,
              OverflowError, SyntaxError, OSError,
              zlib.error)
RUN_SECONDS = 0.25
MEGABYTE = 1 << 20
CLEAR_REFS = os.open("/proc/self/clear_refs", os.O_WRONLY)
SLOW_BUILD = 0  # a sanitizer's address space is huge, its code slow: set by limit_memory


class Alarm(BaseException):
    """The time is over."""


def on_alarm(signum, frame):
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    raise Alarm


def execute(code):
    """Run a code object; whatever it raises is fine."""
    keep = sys.stdout, sys.stderr, sys.stdin
    sys.stdout = sys.stderr = io.StringIO()
    try:
        signal.setitimer(signal.ITIMER_REAL, RUN_SECONDS)
        exec(code, {"__name__": "fuzzed", "__builtins__": vars(builtins).copy()})
        return "ran"
    except Alarm:
        return "interrupted"
    except SystemError as e:
        if str(e).startswith("Format specifier must be a string"):
            return "ran: SystemError"  # what the reference says of such code, too
        return f"unclean SystemError: {e}"
    except BaseException as e:
        return f"ran: {type(e).__name__}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout, sys.stderr, sys.stdin = keep


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def reset_peak():
    """The peak of memory is what is in use now."""
    os.write(CLEAR_REFS, b"5")


class Loading:
    """Around what must not take long or much; `declared`: bytes that the input says it has."""

    problem = None

    def __enter__(self):
        reset_peak()
        self.peak, self.started = peak(), time.thread_time()

    def __exit__(self, *exc):
        seconds, memory = time.thread_time() - self.started, peak() - self.peak
        if seconds > (20 if SLOW_BUILD else 1):
            self.problem = f"unclean: took {seconds:.1f} s"
        if memory > 64 * MEGABYTE + self.declared and not SLOW_BUILD:
            self.problem = f"unclean: took {memory >> 20} MB"

    def __init__(self, declared=0):
        self.declared = declared


def loaded(load, clean, declared=0):
    """(code, None) or (None, result)"""
    loading = Loading(declared)
    try:
        with loading:
            code = load()
        return (None, loading.problem) if loading.problem else (code, None)
    except clean as e:
        return None, loading.problem or f"rejected: {type(e).__name__}"


def read_functions(code):
    """What is read, and verified, when functions are called; returns code."""
    for inner in getattr(code, "co_consts", ()):
        if hasattr(inner, "co_qualname"):
            try:
                read_functions(inner)
            except ImportError:
                pass
    return code


def try_pyc(data, path):
    if path is None:
        code, result = loaded(lambda: read_functions(marshal.loads(data[16:])), CLEAN_LOAD)
    else:
        with open(path, "wb") as f:
            f.write(data)
        code, result = loaded(lambda: SourcelessFileLoader("fuzzed", path).get_code("fuzzed"),
                              CLEAN_LOAD)
        os.unlink(path)
    if result is None and not hasattr(code, "co_code"):
        return "loaded: no code"
    return result or execute(code)


def declared_size(importer):
    """What the members of an archive say they have."""
    return sum(entry[3] for entry in getattr(importer, "_files", {}).values())


def try_archive(data, path):
    with open(path, "wb") as f:
        f.write(data)
    try:
        return try_archive_file(path)
    finally:
        os.unlink(path)
        zipimport._zip_directory_cache.clear()


def try_archive_file(path):
    importer, result = loaded(lambda: zipimport.zipimporter(path), CLEAN_LOAD)
    if result:
        return result
    declared = declared_size(importer)
    inner, _ = loaded(lambda: zipimport.zipimporter(path + "/package"), CLEAN_LOAD)
    ran = 0
    for where, name in ((importer, "__main__"), (importer, "flow"), (importer, "data"),
                        (importer, "package"),
                        (inner, "functions")):
        code, result = (loaded(lambda: where.get_code(name), CLEAN_LOAD, declared) if where
                        else (None, "rejected"))
        if not result:
            result = execute(code)
            ran += 1
        if result.startswith("unclean"):
            return result
    _, result = loaded(lambda: importer.get_data("package/data.bin"), CLEAN_LOAD, declared)
    return result if result and result.startswith("unclean") else f"{ran} of 5 modules ran"


def try_source(data, path):
    code, result = loaded(lambda: compile(data, "fuzzed.py", "exec", dont_inherit=True),
                          CLEAN_SOURCE)
    return result or (execute(code) if path and path.endswith(".run.py") else "compiled")


def attempt(function, data, path):
    try:
        return function(data, path)
    except Alarm:
        return "interrupted"
    except BaseException as e:
        return f"unclean {type(e).__name__}: {e}".replace("\n", " ")[:200]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def surely(function, data, path):
    """Alarms may come at any place, also in those of attempt()."""
    while True:
        try:
            return attempt(function, data, path)
        except Alarm:
            pass


def limit_memory():
    """A gigabyte more than now, so that what a program asks for does not fill the machine."""
    global SLOW_BUILD
    with open("/proc/self/statm") as f:
        used = int(f.read().split()[0]) * resource.getpagesize()
    SLOW_BUILD = used >> 40
    if not SLOW_BUILD:
        resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 30), resource.RLIM_INFINITY))


def main():
    name, folder, seed, first, count = sys.argv[1:]
    first, count = int(first), int(count)
    fuzzer = importlib.import_module(name).FUZZER(seed)
    with open(os.path.join(folder, "seeds.pickle"), "rb") as f:
        fuzzer.originals = pickle.load(f)
    function = {"pyc": try_pyc, "archive": try_archive, "source": try_source}[fuzzer.kind]
    results = Results(folder, first, count)
    guide = _guide.Guide(folder, fuzzer.originals) if _guide.VARIABLE in os.environ else None
    signal.signal(signal.SIGALRM, on_alarm)
    sys.setrecursionlimit(1000)
    limit_memory()
    for number in range(first, first + count):
        suffix, data = fuzzer.input(number)
        results.start(number)
        path = os.path.join(folder, f"{number}{suffix}") if suffix else None
        if guide:
            guide.begin(data)
        result = surely(function, data, path)
        if guide:
            guide.end(number, data, result)
        results.end(number, result)
    os._exit(0)


main()
