"""Writes core/start_order.ld: the functions that the start of the interpreter calls.

    python3.11 tools/start_order.py build/release/typhon > core/start_order.ld

The linker puts them side by side, so that a start reads few pages of the executable.  The list comes from
valgrind's callgrind and need not be exact: what is missing stands elsewhere, what does not exist is ignored.
"""
import os
import re
import subprocess
import sys
import tempfile

RUNS = [["-S", "-I", "-c", "pass"], ["-c", "pass"]]

def functions(interp):
    seen = {}
    for run in RUNS:
        with tempfile.NamedTemporaryFile() as out:
            subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", interp, *run],
                           check=True, capture_output=True)
            for name in re.findall(r"^c?fn=\(\d+\) ([a-zA-Z_][\w.]*)", out.read().decode(), re.M):
                seen.setdefault(name)
    return list(seen)


def main():
    print("/* The functions that the start of the interpreter calls: made by tools/start_order.py. */")
    print("SECTIONS\n{\n  .text.start : {")
    for name in functions(os.path.abspath(sys.argv[1])):
        print(f"    *(.text.{name})")
    print("  }\n}\nINSERT BEFORE .text;")


if __name__ == "__main__":
    main()
