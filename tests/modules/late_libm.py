"""libm, which is loaded when it is first used, is there for mathematics and for whom looks its
names up."""
import cmath
import math
import subprocess
import sys

assert math.isclose(math.sin(1), 0.8414709848078965) and math.isclose(math.lgamma(3), math.log(2))
assert math.floor(-2.5) == -3 and 7.5 // 2 == 3.0 and 2.0 ** 0.5 == math.sqrt(2)
assert cmath.isclose(cmath.exp(1j * math.pi), -1) and abs(3 + 4j) == 5.0

CALLS = [
    "import ctypes; f = ctypes.CDLL(None).cos; f.restype = ctypes.c_double; "
    "print(f(ctypes.c_double(0)))",
    "print((2.0).__pow__(0.0))",
    "import cmath; print(cmath.cos(0).real)",
]
for call in CALLS:
    assert subprocess.check_output([sys.executable, "-S", "-c", call]) == b"1.0\n", call

# threads that call a function for the first time at the same moment
PROGRAM = """
import math, threading
found = []
barrier = threading.Barrier(4)
def call():
    barrier.wait()
    found.append(math.gamma(5.0))
threads = [threading.Thread(target=call) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
assert found == [24.0] * 4, found
"""
subprocess.check_call([sys.executable, "-S", "-c", PROGRAM])
