"""Builds a package of extension modules and runs its own tests, under the reference and under
typhon.

Usage: python3 tests/capi/_package.py TYPHON SOURCE_FOLDER ...

A source folder is what a source package unpacks to; its name says which package it is.  Nothing in
it is changed: the work happens in a copy.  Prints per package and interpreter how many tests
passed, failed and were skipped; exits with 1 when fewer pass under typhon than under the reference,
or when the package cannot be built.  Needs setuptools and pytest.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

REFERENCE = "/usr/bin/python3.11"
PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
DISCOVER = ["-m", "unittest", "discover"]
PSUTIL = [f"psutil.tests.test_{part}" for part in ("misc", "system", "process", "posix", "linux",
                                                   "unicode", "contracts")]
# name: what the interpreter is started with; the folder to import from (built: what `setup.py
# build` fills)
TESTS = {
    "bitarray": (["-m", "unittest", "bitarray.test_bitarray", "bitarray.test_util"], "."),
    "cffi": (PYTEST + ["c/test_c.py"], "."),
    "ciso8601": (DISCOVER + ["-s", "tests", "-t", "."], "."),
    "kiwisolver": (PYTEST + ["-c", "/dev/null", "py/tests"], "built"),
    "lru-dict": (DISCOVER + ["-s", "test"], "."),
    "frozenlist": (PYTEST + ["-c", "/dev/null", "tests"], "."),
    "lxml": (["test.py"], "src"),
    "markupsafe": (PYTEST + ["tests"], "src"),
    "msgpack": (PYTEST + ["test"], "."),
    "multidict": (PYTEST + ["-c", "/dev/null", "tests"], "."),
    "pillow": (PYTEST + ["-c", "/dev/null", "Tests"], "src"),
    "psutil": (["-m", "unittest"] + PSUTIL, "."),
    "pyrsistent": (PYTEST + ["tests"], "."),
    "pyyaml": (["tests/lib/test_all.py"], "built"),
    "regex": (["-m", "unittest", "regex.test_regex"], "built"),
    "setproctitle": (PYTEST + ["tests", "--ignore=tests/test_win32.py"], "built"),
    "simplejson": (DISCOVER + ["-s", "simplejson/tests", "-t", "."], "."),
    "tornado": (["-m", "unittest", "tornado.test.util_test", "tornado.test.websocket_test"], "."),
    "ujson": (PYTEST + ["tests"], "."),
    "wrapt": (PYTEST + ["tests"], "src"),
    "xxhash": (DISCOVER + ["-s", "tests"], "."),
    "zope.interface": (DISCOVER + ["-s", "src/zope/interface/tests", "-t", "src"], "src"),
}
SECONDS = 900


def kind_of(folder):
    """The longest name of TESTS that occurs in the folder's name."""
    name = os.path.basename(os.path.normpath(folder)).lower()
    found = [key for key in TESTS if key in name]
    return max(found, key=len) if found else None


def run(interpreter, arguments, folder, path):
    environment = dict(os.environ, PYTHONPATH=os.path.join(folder, path),
                       PYTHONDONTWRITEBYTECODE="1",
                       # versions come from a repository that is not there
                       SETUPTOOLS_SCM_PRETEND_VERSION="1.0",
                       XXHASH_LINK_SO="1")  # Debian's archive has no copy of the library
    try:
        done = subprocess.run([interpreter, *arguments], cwd=folder, env=environment,
                              timeout=SECONDS, text=True,
                              errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired as e:
        return -1, (e.stdout or b"").decode(errors="replace") + "\ntimed out"
    return done.returncode, done.stdout


def counts(output):
    """(passed, failed, skipped) from the closing lines of pytest or unittest; None: there are
    none."""
    last = next((line for line in reversed(output.splitlines())
                 if re.search(r"\d+ (passed|failed|errors?)\b.* in ", line)), None)
    if last is not None:
        words = {word.rstrip("s"): int(n) for n, word in re.findall(r"(\d+) (\w+)", last)}
        failed = words.get("failed", 0) + words.get("error", 0)
        return words.get("passed", 0) + words.get("xfailed", 0), failed, words.get("skipped", 0)
    ran = re.findall(r"^(?:Ran |TESTS: )(\d+)", output, re.M)
    if not ran:
        return None
    parts = dict.fromkeys(("failures", "errors", "skipped", "unexpected successes"), 0)
    for name in parts:
        parts[name] = sum(map(int, re.findall(rf"[( ]{name}=(\d+)", output.splitlines()[-1])))
    failed = parts["failures"] + parts["errors"] + parts["unexpected successes"]
    # as PyYAML counts
    failed += sum(map(int, re.findall(r"^(?:FAILURES|ERRORS): (\d+)", output, re.M)))
    return int(ran[-1]) - failed - parts["skipped"], failed, parts["skipped"]


def check(interpreter, source, kind, work, label):
    """Counts of one package under one interpreter; prints them."""
    # psutil looks for libraries in paths with "python"
    folder = os.path.join(work, label, "lib/python3.11", kind)
    shutil.copytree(source, folder, symlinks=True)
    arguments, path = TESTS[kind]
    build = ["build", "--build-lib", "built"] if path == "built" else ["build_ext", "--inplace"]
    status, output = run(interpreter, ["setup.py", "-q", *build], folder, path)
    log = os.path.join(work, f"{kind}.{label}.log")
    if status == 0:
        status, text = run(interpreter, arguments, folder, path)
        result = counts(text)
        output += text
    else:
        result = None
    with open(log, "w") as f:
        f.write(output)
    words = "%d passed, %d failed, %d skipped" % result if result else f"no result (exit {status})"
    print(f"{kind:16}{label:10} {words}   {log}", flush=True)
    return result


def main(typhon, *sources):
    work = tempfile.mkdtemp(prefix="typhon-packages-")
    worse = []
    for source in sources:
        kind = kind_of(source)
        if kind is None:
            print(f"{source}: none of {', '.join(sorted(TESTS))}")
            worse.append(source)
            continue
        expected = check(REFERENCE, source, kind, work, "reference")
        got = check(os.path.abspath(typhon), source, kind, work, "typhon")
        if got is None or expected is not None and got[0] < expected[0]:
            worse.append(kind)
    return 1 if worse else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
