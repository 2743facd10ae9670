"""Each thread has a context of its own, with its own precision and flags; the numbers are
shared."""
import contextvars
from decimal import Context, Decimal, Inexact, getcontext, localcontext, setcontext

from _util import THREADS, run

SHARED = [Decimal(i) / 7 for i in range(100)] + [Decimal(10 ** 60 + i) for i in range(100)]
getcontext().clear_flags()


def sums(k):
    assert getcontext().prec == 28
    assert not getcontext().flags[Inexact]
    setcontext(Context(prec=10 + k))
    for _ in range(30):
        total = Decimal(0)
        for x in SHARED:
            total = total * 3 / 4 + x
        with localcontext(prec=50):
            assert len(str(Decimal(1) / 3)) == 52
        assert len(total.as_tuple().digits) <= 10 + k == getcontext().prec
    assert getcontext().flags[Inexact]
    getcontext().clear_flags()
    return str(total), hash(total), format(total, ",.3f")


results = run(sums, each=THREADS)
assert len(set(results)) == THREADS
assert getcontext().prec == 28
for k, result in enumerate(results):
    assert contextvars.copy_context().run(sums, k) == result

# one context in several threads: flags may be lost, results are those of one of its settings
shared = Context(prec=9)
allowed = {str(Context(prec=p).divide(2, 3)) for p in (9, 20)}


def divide(k):
    for i in range(3000):
        if k == 0:
            shared.prec = 9 if i & 1 else 20
            shared.clear_flags()
        assert str(shared.divide(2, 3)) in allowed


run(divide, each=THREADS)
