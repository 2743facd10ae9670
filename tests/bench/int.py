"""Machine-size integer arithmetic: sieve, gcd, collatz, bit tricks."""
N = 400_000


def sieve(n):
    flags = bytearray([1]) * (n + 1)
    flags[0] = flags[1] = 0
    i = 2
    while i * i <= n:
        if flags[i]:
            j = i * i
            while j <= n:
                flags[j] = 0
                j += i
        i += 1
    return sum(flags)


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def mix(x):
    x ^= x >> 13
    x = (x * 0x5BD1E995) & 0xFFFFFFFF
    x ^= x >> 15
    return x


def run(n):
    total = sieve(n * 5)
    for i in range(1, n):
        total += gcd(i, 360360) + mix(i) % 7 - (i << 3 | 5) + (-i // 3) + (i & ~0xFF)
    for i in range(1, n // 8):
        total += collatz(i)
    return total


if __name__ == "__main__":
    print(run(N))
