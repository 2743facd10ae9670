"""Times one program of this folder inside the interpreter that runs this file: `INTERP _time.py
[--idle] FILE [N]`.

Prints the seconds run(N) took, after the start of the interpreter and the import of the program,
and its checksum. With --idle another thread waits meanwhile.
"""
import runpy
import sys
import threading
import time


def main():
    if sys.argv[1] == "--idle":
        del sys.argv[1]
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    program = runpy.run_path(sys.argv[1], run_name="bench")
    n = int(sys.argv[2]) if len(sys.argv) > 2 else program["N"]
    begin = time.perf_counter()
    result = program["run"](n)
    print(f"{time.perf_counter() - begin:.6f} {result}")


main()
