"""What a program sees of objects that are there until it ends: generators are closed, coroutines
that were never awaited and files that were never closed are told of."""
import subprocess
import sys


def output(*arguments):
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done
    return done.stdout, done.stderr.strip()


GENERATOR = """
def steps():
    try:
        yield
    finally:
        print("closed")
waiting = steps()
next(waiting)
"""
assert output("-c", GENERATOR) == ("closed\n", "")
assert output("-c", "def steps():\n    yield\nwaiting = steps()\nnext(waiting)") == ("", "")

COROUTINE = """
async def work():
    try:
        await Forever()
    finally:
        print("closed")
class Forever:
    def __await__(self):
        yield
"""
NEVER = "RuntimeWarning: coroutine 'work' was never awaited"
assert NEVER in output("-c", COROUTINE + "waiting = work()")[1]
assert NEVER in output("-c", COROUTINE + "work()")[1]
assert output("-c", COROUTINE + "waiting = work()\nwaiting.send(None)") == ("closed\n", "")

UNCLOSED = "ResourceWarning: unclosed file <_io.BufferedReader name="
FILE = "file = open(__import__('sys').executable, 'rb')"
assert UNCLOSED in output("-Wd", "-c", FILE)[1]
assert UNCLOSED in output("-c", "import warnings; warnings.simplefilter('always'); " + FILE)[1]
assert output("-c", FILE) == ("", "")
assert output("-Wd", "-c", FILE + "; file.close()") == ("", "")
