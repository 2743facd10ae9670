"""Runs one program of this folder inside the interpreter that runs this file: `INTERP _memory.py
FILE [N]`.

Prints the most memory that the process has had resident, in megabytes, and the program's checksum.
"""
import runpy
import sys


def peak():
    # getrusage would count what the parent had before this program was started
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def main():
    program = runpy.run_path(sys.argv[1], run_name="bench")
    n = int(sys.argv[2]) if len(sys.argv) > 2 else program["N"]
    result = program["run"](n)
    print(f"{peak():.3f} {result}")


main()
