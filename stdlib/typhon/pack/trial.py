"""A trial run of the application: what it imports that its sources do not say."""
import json
import os
import subprocess
import sys
import tempfile

from typhon.pack.common import PackError

RUN = """
import atexit, json, runpy, sys
result, target, *sys.argv[1:] = sys.argv[1:]
sys.argv[0] = target
def write():
    with open(result, "w") as f:
        json.dump(sorted(n for n, m in list(sys.modules.items())
                         if n not in before and getattr(m, "__spec__", None) is not None), f)
before = set(sys.modules)
atexit.register(write)
{start}
"""
BY_PATH = "runpy.run_path(target, run_name='__main__')"
BY_NAME = """
sys.path.insert(0, {folder!r})
import importlib, operator
sys.exit(operator.attrgetter({function!r})(importlib.import_module({module!r}))())
"""
BY_PACKAGE = ("sys.path.insert(0, {folder!r})\nrunpy.run_module({package!r}, run_name='__main__', "
              "alter_sys=True)")


def loaded_modules(start, target, arguments):
    """Run the application: the code `start`, with the arguments; the names of the modules it has
    loaded at its end."""
    with tempfile.TemporaryDirectory() as folder:
        result = os.path.join(folder, "modules.json")
        run = subprocess.run([sys.executable, "-c", RUN.replace("{start}", start), result, target,
                              *arguments])
        if not os.path.exists(result):
            raise PackError(f"the trial run ended with code {run.returncode} and without a list of "
                            f"modules")
        with open(result) as f:
            return json.load(f)
