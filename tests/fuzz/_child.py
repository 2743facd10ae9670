"""Tries inputs in the interpreter under test: `INTERP _child.py KIND NOTES INPUT...`, KIND pyc, archive or source.

Notes "start NAME" and "end RESULT" for each.  What an input raises is fine when it is an error the language allows;
SystemError and the like are noted as unclean.  Code that runs for two seconds is interrupted by an alarm.
"""
import builtins
import io
import os
import signal
import sys
import zipimport
import zlib
from importlib.machinery import SourcelessFileLoader

CLEAN_SOURCE = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
CLEAN_LOAD = (ImportError, EOFError, ValueError, TypeError, RecursionError, MemoryError, OverflowError, SyntaxError, OSError,
              zlib.error)


class Alarm(BaseException):
    """The two seconds are over."""


def on_alarm(signum, frame):
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    raise Alarm


def execute(code):
    """Run a code object; whatever it raises is fine."""
    keep = sys.stdout, sys.stderr, sys.stdin
    sys.stdout = sys.stderr = io.StringIO()
    try:
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
        sys.stdout, sys.stderr, sys.stdin = keep


def loaded(load, clean):
    """(code, None) or (None, result)"""
    try:
        return load(), None
    except clean as e:
        return None, f"rejected: {type(e).__name__}"


def try_pyc(path):
    code, result = loaded(lambda: SourcelessFileLoader("fuzzed", path).get_code("fuzzed"), CLEAN_LOAD)
    return result or execute(code)


def try_archive(path):
    importer, result = loaded(lambda: zipimport.zipimporter(path), CLEAN_LOAD)
    if result:
        return result
    inner, _ = loaded(lambda: zipimport.zipimporter(path + "/package"), CLEAN_LOAD)
    ran = 0
    for where, name in ((importer, "__main__"), (importer, "flow"), (importer, "data"), (importer, "package"),
                        (inner, "functions")):
        code, result = loaded(lambda: where.get_code(name), CLEAN_LOAD) if where else (None, "rejected")
        if not result:
            result = execute(code)
            ran += 1
        if result.startswith("unclean"):
            return result
    loaded(lambda: importer.get_data("package/data.bin"), CLEAN_LOAD)
    return f"{ran} of 5 modules ran"


def try_source(path):
    with open(path, "rb") as f:
        data = f.read()
    code, result = loaded(lambda: compile(data, "fuzzed.py", "exec", dont_inherit=True), CLEAN_SOURCE)
    return result or (execute(code) if path.endswith(".run.py") else "compiled")


def attempt(function, path):
    signal.setitimer(signal.ITIMER_REAL, 2)
    try:
        return function(path)
    except Alarm:
        return "interrupted"
    except BaseException as e:
        return f"unclean {type(e).__name__}: {e}".replace("\n", " ")[:200]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main():
    kind, notes, *paths = sys.argv[1:]
    function = {"pyc": try_pyc, "archive": try_archive, "source": try_source}[kind]
    signal.signal(signal.SIGALRM, on_alarm)
    sys.setrecursionlimit(1000)
    file = os.open(notes, os.O_WRONLY | os.O_APPEND)
    for path in paths:
        os.write(file, f"start {path}\n".encode())
        result = None
        while result is None:
            try:
                result = attempt(function, path)
            except Alarm:
                pass
        os.write(file, f"end {result}\n".encode("utf-8", "backslashreplace"))
    os._exit(0)


main()
