"""Extensions that cannot be loaded: which error, with which words."""
import os
import subprocess
import sys

from _build import FOLDER, HERE, build, raises

for i in range(1, 10):
    build("broken.c", f"broken{i}", f"-DBROKEN={i}")

e = raises(ImportError, "dynamic module does not define module export function (PyInit_broken1)",
           __import__, "broken1")
assert e.name == "broken1" and "broken1" in e.path, (e.name, e.path)
raises(SystemError, "initialization of broken2 failed without raising an exception", __import__,
       "broken2")
e = raises(ImportError, "undefined symbol: there_is_no_such_function", __import__, "broken3")
assert e.name == "broken3" and "broken3" in e.path
raises(RuntimeError, "will not start", __import__, "broken4")
raises(SystemError, "initialization of broken5 raised unreported exception", __import__, "broken5")
raises(SystemError, "execution of module broken6 failed without setting an exception", __import__,
       "broken6")
raises(ValueError, "no exec of broken7", __import__, "broken7")
raises(SystemError, "initialization of broken8 did not return an extension module", __import__,
       "broken8")
for i in range(1, 9):
    assert f"broken{i}" not in sys.modules
assert __import__("broken9") == "broken9"

# built for the reference, and under a name that any interpreter looks for
HEADERS = "/usr/include/python3.11"
if sys.implementation.name == "typhon" and os.path.exists(os.path.join(HEADERS, "Python.h")):
    subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-I" + HEADERS, "-DBROKEN=9",
                    os.path.join(HERE, "broken.c"), "-o",
                    os.path.join(FOLDER, "foreign.so")], check=True)
    e = raises(ImportError, "it was built for another implementation of Python", __import__,
               "foreign")
    assert ("undefined symbol: Py" in str(e) and e.name == "foreign"
            and e.path.endswith("foreign.so"))
with open(os.path.join(FOLDER, "nothing.so"), "w") as f:
    f.write("no library")
e = raises(ImportError, "nothing.so: file too short", __import__, "nothing")
assert e.name == "nothing" and "nothing" not in sys.modules
