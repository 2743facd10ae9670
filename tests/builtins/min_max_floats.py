"""min and max of floats and ints, among them those that are not held in a word, and nan."""
import math

HUGE, TINY, NAN = 1e300, 5e-324, float("nan")
values = [0.0, -0.0, 1.5, -1.5, HUGE, -HUGE, TINY, -TINY, math.inf, -math.inf, 2**70, -2**70, 3,
          True]
for i, a in enumerate(values):
    for b in values[i:]:
        for c in values[::3]:
            order = sorted([a, b, c])
            assert min(a, b, c) == min([a, b, c]) == order[0]
            assert max(a, b, c) == max([a, b, c]) == order[2]
# of equal ones the first, and nothing is less or greater than nan
assert math.copysign(1, min([0.0, -0.0])) == 1 == -math.copysign(1, max(-0.0, 0.0))
assert min([1, 1.0, True]) is max([1, 1.0, True]) and type(max([1.0, 1])) is float
assert math.isnan(min([NAN, 1.0, -HUGE])) and max([1.0, NAN, 0.5]) == 1.0 == min([1.0, NAN, HUGE])
assert min([3.0, 1.0], key=lambda x: -x) == 3.0 and max([], default=0.0) == 0.0
