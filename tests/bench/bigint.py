"""Big integers: factorials, powers, digits of pi, modular exponentiation, conversion to text."""
N = 3_600


def pi_digits(n):
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    out = []
    while len(out) < n:
        if 4 * q + r - t < m * t:
            out.append(m)
            q, r, m = 10 * q, 10 * (r - m * t), 10 * (3 * q + r) // t - 10 * m
        else:
            q, r, t, k, m, x = (q * k, (2 * q + r) * x, t * x, k + 1,
                                (q * (7 * k + 2) + r * x) // (t * x), x + 2)
    return "".join(map(str, out))


def factorial(n):
    product = 1
    for i in range(2, n + 1):
        product *= i
    return product


def is_prime(n):
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(a, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def run(n):
    f = factorial(n * 2)
    digits = len(str(f >> 6000)) if f.bit_length() > 6000 else 0
    fib = [0, 1]
    for _ in range(n * 20):
        fib = [fib[1], fib[0] + fib[1]]
    m = (1 << 521) - 1
    primes = sum(is_prime(m - 2 * i) for i in range(12))
    return f"{pi_digits(n)[-10:]} {f % 1000003} {digits} {fib[0] % 1000007} {primes} {pow(3, 10**40, 10**30 + 57)}"


import sys
sys.set_int_max_str_digits(0)


if __name__ == "__main__":
    print(run(N))
