"""The process as C sees it: command line, signals, clocks, forks, exit, fatal errors; process.c."""
import contextvars
import subprocess
import sys
import tempfile
import warnings

from _build import FOLDER, build

build("process.c")
import process

assert process.command_line() == (sys.orig_argv, sys.executable)
assert process.clocks() is None and process.signals() is None
var = contextvars.ContextVar("var", default=1)
context = contextvars.copy_context()
assert process.states(context) is None
assert context.run(var.get) == 1 and var.get() == 1
assert process.forked() == 7
with tempfile.TemporaryFile() as f:
    text = process.file(f.fileno())
    text.write("é")
    text.flush()
    f.seek(0)
    assert f.read() == "é".encode() and not text.closed
lost = []
hook, sys.unraisablehook = (sys.unraisablehook,
                            lambda args: lost.append((args.exc_type, args.object)))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    process.warned("careful")
sys.unraisablehook = hook
assert ([(str(w.message), w.filename, w.lineno, w.category) for w in caught]
        == [("careful", "made_up.py", 7, UserWarning)])
assert lost == [(KeyError, "careful")]


def child(code):
    return subprocess.run([sys.executable, "-c",
                           f"import sys; sys.path.insert(0, {FOLDER!r}); import process; {code}"],
                          text=True, capture_output=True)


done = child("process.leave(); print('last', flush=True)")
assert (done.returncode, done.stdout) == (0, "last\nat exit\n"), done
done = child("process.fatal()")
assert (done.returncode == -6 and "no way out" in done.stderr
        and "Fatal Python error: " in done.stderr), done
done = child("process.fatal_in()")
assert done.returncode == -6 and "Fatal Python error: here: no way back" in done.stderr, done
