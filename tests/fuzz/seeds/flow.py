"""Loops, conditions, exceptions, context managers."""
total = 0
for i in range(12):
    if i % 2 == 0 and i > 2 or not i:
        continue
    elif i == 9:
        break
    total += i
else:
    total = -1
n = 5
while n:
    n -= 1
    if n == 2:
        continue
else:
    total *= 2
try:
    [].pop()
except (IndexError, KeyError) as e:
    total += len(e.args)
else:
    total = 0
finally:
    total ^= 3
try:
    raise ExceptionGroup("g", [ValueError(1), TypeError("t")])
except* ValueError as g:
    total += len(g.exceptions)
except* TypeError:
    total -= 1


class Guard:
    def __enter__(self):
        return self

    def __exit__(self, *info):
        return info[0] is ZeroDivisionError


with Guard() as a, Guard() as b:
    1 / 0
assert total, f"total is {total!r:>{n + 5}}"
x = y = z = (1 if total > 3 else 2)
(p, *q), r = (1, 2, 3), [4]
del x, q[0]
print(total, y, z, p, q, r, a is b)
