"""What a program leaves in a module of the library is finalized in the end, and what that refers to."""
import subprocess
import sys

PROGRAM = """
import os, struct

class C:
    def __init__(self, name):
        self.name = name

    def __del__(self, write=os.write):
        write(1, self.name)

struct.left = C(b"struct ")
os.path.left = C(b"posixpath ")
here = C(b"main ")
"""
out = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
assert sorted(out.stdout.split()) == [b"main", b"posixpath", b"struct"], out
out = subprocess.run([sys.executable, "-c", PROGRAM.replace("self.name)", "self.none)")],
                     capture_output=True, check=True)
assert b"Exception ignored in" in out.stderr and out.stdout == b"", out
print("ok")
