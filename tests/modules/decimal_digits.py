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

# Zeros at the end of an exact result are taken off as far as they may, whatever their number is.
for zeros in range(48):
    for digits in 1, 7, 25, 123456789, 99999999, 10**17 + 1, 2**63 - 1, 2**64 - 1, 10**25 + 3:
        with localcontext() as context:
            context.prec = 80
            long = Decimal(digits) * Decimal(10) ** zeros
            assert long.normalize().as_tuple().exponent == zeros
            assert int(long.normalize()) == digits * 10 ** zeros
            for ideal in 0, 1, 3, 4, 7, 8, 9, 16, 30:
                # divided by 8 with 80 digits, and back: what the exponents make of it
                quotient = (long * 8) / Decimal(8).scaleb(-ideal)
                assert quotient == long.scaleb(ideal), (digits, zeros, ideal)
                assert quotient.as_tuple().exponent == ideal
                assert (long / Decimal(1).scaleb(ideal)).as_tuple().exponent == -ideal
