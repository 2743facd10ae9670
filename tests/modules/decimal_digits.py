# Decimals have any number of digits, whatever the limit for int() and str() is.
import sys
from decimal import Decimal, localcontext

limit = sys.get_int_max_str_digits()
long = Decimal("123456789" * 700)
assert len(str(long)) == 6300 and long == Decimal(int(long))
assert long.copy_negate() == Decimal("-" + "123456789" * 700)
assert Decimal(10 ** 5000).adjusted() == 5000
with localcontext() as context:
    context.prec = 6000
    root = Decimal(2).sqrt()
    assert len(str(root)) == 6001 and abs(root * root - 2) < Decimal(10) ** -5998
for convert in (lambda: int("1" * 5000), lambda: str(10 ** 5000)):
    try:
        convert()
    except ValueError as e:
        assert f"Exceeds the limit ({limit} digits)" in str(e), e
    else:
        raise AssertionError("converted")
