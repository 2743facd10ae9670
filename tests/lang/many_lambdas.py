"""Functions that differ in nothing but their place in a line are compiled in linear time."""
import time

source = "x = [" + ", ".join(["lambda: 1"] * 6000) + "]"
before = time.thread_time()
namespace = {}
exec(compile(source, "many.py", "exec"), namespace)
assert time.thread_time() - before < 4
assert len({f.__code__ for f in namespace["x"]}) == 6000 and namespace["x"][-1]() == 1
