"""Long computations with integers end when a signal's handler raises, and with MemoryError where
memory is missing."""
import math
import resource
import signal
import sys
import time

if sys.implementation.name != "typhon":
    sys.exit(77)  # the reference ends neither


class Alarm(Exception):
    pass


def on_alarm(signum, frame):
    raise Alarm


sys.set_int_max_str_digits(0)
big = (1 << 200_000_000) - 1
middle = (1 << 20_000_000) - 1
text = "7" * 50_000_000
LONG = {
    "power": lambda: 3 ** 400_000_000,
    "divmod": lambda: divmod(big, (1 << 100_000_001) - 3),
    "str": lambda: str(big),
    "int": lambda: int(text),
    "format": lambda: f"{big:,}",
    "factorial": lambda: math.factorial(60_000_000),
    "pow modulo": lambda: pow(3, middle, middle - 2),
    "gcd": lambda: math.gcd(big, (1 << 190_000_001) - 3),
    "comb": lambda: math.comb(1 << 62, 1 << 40),
    "perm": lambda: math.perm(1 << 62, 100_000_000),
}
signal.signal(signal.SIGALRM, on_alarm)
for name, compute in LONG.items():
    start = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        compute()
        raise AssertionError(f"{name} ended by itself")
    except Alarm:
        pass
    assert time.monotonic() - start < 3, (name, time.monotonic() - start)

# handlers that return do not disturb the result
ticks = []
signal.signal(signal.SIGALRM, lambda signum, frame: ticks.append(signum))
signal.setitimer(signal.ITIMER_REAL, 0.03, 0.03)
number = (1 << 20_000_000) - 1
product = number * (number - 2)
signal.setitimer(signal.ITIMER_REAL, 0)
assert product == (1 << 40_000_000) - (1 << 20_000_002) + 3, "product"
assert ticks

# an error, not the end of the process
del big, middle, text, product, number
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + (256 << 20), resource.RLIM_INFINITY))
LARGE = {
    "power": lambda: 3 ** 1_300_000_000,
    "product": lambda: ((1 << 900_000_000) - 1) * ((1 << 900_000_000) - 1),
    "factorial": lambda: math.factorial(100_000_000),
    "shift": lambda: 1 << (1 << 40),
    "isqrt": lambda: math.isqrt(1 << (1 << 31)),
    "gcd": lambda: math.gcd((1 << 600_000_000) - 1, (1 << 599_000_000) - 1),
}
signal.signal(signal.SIGALRM, on_alarm)
for name, compute in LARGE.items():
    signal.setitimer(signal.ITIMER_REAL, 2)
    try:
        try:
            compute()
            raise AssertionError(f"{name}: there was memory")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except (MemoryError, Alarm):
        pass
