"""decimal: bills with taxes rounded to cents, compound interest, and pi to some digits."""
from decimal import Decimal, ROUND_DOWN, ROUND_HALF_EVEN, localcontext

N = 60
CENT = Decimal("0.01")
RATES = Decimal("0.0013"), Decimal("0.00894")
BASIC, DISTANCE = Decimal("0.0675"), Decimal("0.0341")


def bills(calls):
    total = taxes = Decimal(0)
    texts = 0
    for seconds in calls:
        long = seconds & 1
        price = (RATES[long] * seconds).quantize(CENT, ROUND_HALF_EVEN)
        tax = (price * BASIC).quantize(CENT, ROUND_DOWN)
        if long:
            tax += (price * DISTANCE).quantize(CENT, ROUND_DOWN)
        taxes += tax
        total += price + tax
        texts += len(f"{price + tax:,.2f}") + len(str(price))
    return total, taxes, texts


def interest(years):
    balance, rate = Decimal("1000.00"), Decimal("0.0425") / 12
    for _ in range(12 * years):
        balance += balance * rate
        if balance > 1000000:
            balance /= 1000
    return balance


def pi(digits):
    with localcontext() as context:
        context.prec = digits + 2
        last, t, s, n, na, d, da = 0, Decimal(3), 3, 1, 0, 0, 24
        while s != last:
            last = s
            n, na = n + na, na + 8
            d, da = d + da, da + 32
            t = t * n / d
            s += t
    return +s


def run(n):
    calls = [i * 7919 % 9973 for i in range(4000)]
    found = set()
    for _ in range(n):
        found.add((*bills(calls), interest(300), *[pi(digits) for digits in range(10, 60)]))
    return len(found), [str(x) for x in found.pop()][:5]


if __name__ == "__main__":
    print(run(N))
