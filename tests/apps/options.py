"""Options of the command line and the environment: import times, warnings, the UTF-8 mode, the
coerced locale, bad values."""
import os
import re
import subprocess
import sys
import tempfile


def run(*args, code=0, **env):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LC_", "LANG"))}
    p = subprocess.run([sys.executable, *args], capture_output=True, text=True, timeout=100,
                       env={**kept, **env})
    assert p.returncode == code, (args, p)
    return p


# -X importtime: a table on stderr, what is imported by a module comes before it, indented by two
# more.
with tempfile.TemporaryDirectory() as folder:
    for name, text in (("outer", "import inner, sys"), ("inner", "import missing_altogether")):
        with open(os.path.join(folder, name + ".py"), "w") as f:
            f.write("try: " + text + "\nexcept ImportError: pass\n")
    for p in (run("-X", "importtime", "-c", "import outer, outer", PYTHONPATH=folder),
              run("-c", "import outer, outer", PYTHONPATH=folder, PYTHONPROFILEIMPORTTIME="1")):
        lines = p.stderr.splitlines()
        assert lines[0] == "import time: self [us] | cumulative | imported package"
        rows = [re.fullmatch(r"import time: +(\d+) \| +(\d+) \| (( *)\w+)", line)
                for line in lines[-3:]]
        assert [row[3] for row in rows] == ["    missing_altogether", "  inner", "outer"], lines
        assert (int(rows[1][2]) >= int(rows[0][2]) + int(rows[1][1]) - 2
                and int(rows[2][2]) >= int(rows[1][2]))

# A sys.path that site spoils: an error, not a crash.
for text in ("import sys; del sys.path", "import sys; sys.path = ('/', )"):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "sitecustomize.py"), "w") as f:
            f.write(text)
        assert "Error: " in run("-c", "1", PYTHONPATH=folder, code=1).stderr

# The UTF-8 mode and the locale that replaces C.
SHOW = ("import sys, os; print(sys.flags.utf8_mode, sys.stdout.errors, os.environ.get('LC_CTYPE'), "
        "open(0).encoding)")
assert run("-c", SHOW, LC_ALL="C").stdout == "1 surrogateescape None utf-8\n"
assert run("-c", SHOW).stdout == "1 surrogateescape C.UTF-8 utf-8\n"
assert run("-c", SHOW, LC_ALL="C.UTF-8").stdout == "0 surrogateescape None UTF-8\n"
assert run("-X", "utf8", "-c", SHOW, LC_ALL="C.UTF-8").stdout == "1 surrogateescape None utf-8\n"
assert run("-X", "utf8=0", "-c", SHOW, LC_ALL="C.UTF-8", PYTHONUTF8="1").stdout.startswith("0 ")
assert run("-c", SHOW, PYTHONCOERCECLOCALE="0").stdout == "1 surrogateescape None utf-8\n"
assert "LC_CTYPE coerced to C.UTF-8" in run("-c", "1", PYTHONCOERCECLOCALE="warn").stderr
assert (run("-c", "import sys; print(sys.stdin.encoding)", PYTHONIOENCODING="latin1").stdout
        == "iso8859-1\n")

# Values that are wrong.
for args, env, message in (
        ((), {"PYTHONUTF8": "x"},
         "preconfig_init_utf8_mode: invalid PYTHONUTF8 environment variable value"),
        (("-X", "utf8=2"), {}, "preconfig_init_utf8_mode: invalid -X utf8 option value"),
        (("-X", "int_max_str_digits=3"), {},
         "config_init_int_max_str_digits: -X int_max_str_digits: invalid limit; "
                                             "must be >= 640 or 0 for unlimited."),
        ((), {"PYTHONHASHSEED": "x"},
         'config_init_hash_seed: PYTHONHASHSEED must be "random" or an integer in range '
                                      "[0; 4294967295]"),
        (("-X", "frozen_modules=x"), {},
         'bad value for option -X frozen_modules (expected "on" or "off")')):
    assert (run(*args, "-c", "1", code=1, **env).stderr.splitlines()[0] == "Fatal Python error: "
            + message)

# Flags as programs see them.
FLAGS = ("import sys; print(sys.flags.int_max_str_digits, sys.get_int_max_str_digits(), "
         "sys._xoptions)")
assert run("-c", FLAGS).stdout == "-1 4300 {}\n"
assert run("-X", "int_max_str_digits=640", "-X", "a=b", "-X", "unknown", "-c", FLAGS).stdout == (
    "640 640 {'int_max_str_digits': '640', 'a': 'b', 'unknown': True}\n")
assert run("--check-hash-based-pycs", "always", "-c",
           "import sys, _imp; print(_imp.check_hash_based_pycs, sys._xoptions)").stdout == "always {}\n"

# -W and PYTHONWARNINGS: the last one counts first; wrong ones are told.
WARN = "import warnings, sys; warnings.warn('w', UserWarning); print('on', sys.warnoptions)"
assert run("-W", "error", "-c", WARN, code=1).stderr.endswith("UserWarning: w\n")
p = run("-W", "ignore", "-c", WARN, PYTHONWARNINGS="error,default::DeprecationWarning")
assert p.stdout == "on ['error', 'default::DeprecationWarning', 'ignore']\n" and p.stderr == "", p
assert "Invalid -W option ignored: invalid action: 'foo'" in run("-W", "foo", "-c", WARN).stderr
assert "unknown warning category: 'Nope'" in run("-W", "error::Nope", "-c", "1").stderr

# -X tracemalloc: from the start, with that many frames.
TRACE = ("import tracemalloc as t; print(t.is_tracing(), t.get_traceback_limit(), "
         "t.get_traced_memory()[0] > 1000)")
assert run("-c", TRACE).stdout == "False 1 False\n"
assert run("-X", "tracemalloc=0", "-c", TRACE).stdout == "False 1 False\n"
assert run("-X", "tracemalloc", "-c", TRACE).stdout == "True 1 True\n"
assert run("-X", "tracemalloc=5", "-c", TRACE).stdout == "True 5 True\n"
assert run("-c", TRACE, PYTHONTRACEMALLOC="3").stdout == "True 3 True\n"
assert run("-X", "tracemalloc=x", "-c", "1", code=1).stderr.startswith(
    "Fatal Python error: config_init_tracemalloc: -X tracemalloc=NFRAME: invalid number of frames\n")
