"""Threads that start have room for what they begin with: the first collection comes later the more of them there are."""
import subprocess
import sys

PROGRAM = """
import _thread, gc
def run():
    kept.append([[i] for i in range(8000)])
    done.release()
kept, done = [], _thread.allocate_lock()
before = sum(generation["collections"] for generation in gc.get_stats())
done.acquire()
for i in range(4):
    _thread.start_new_thread(run, ())
    done.acquire()
print(sum(generation["collections"] for generation in gc.get_stats()) - before)
"""
if sys.implementation.name != "typhon":
    sys.exit(77)
out = subprocess.run([sys.executable, "-I", "-S", "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
texts = subprocess.run([sys.executable, "-I", "-S", "-c", "import gc; x = [str(i) for i in range(3000)]; print(gc.get_stats()[0])"],
                       capture_output=True, text=True, check=True).stdout
if "'collections': 0" not in texts:
    sys.exit(77)  # they come without a cause here
assert out == "0\n", out
