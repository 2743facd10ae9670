"""Floating point: mandelbrot, numerical integration, a small linear system, formatting of the
result only."""
import math

N = 460


def mandelbrot(size):
    inside = 0
    for py in range(size):
        y0 = py * 2.4 / size - 1.2
        for px in range(size):
            x0 = px * 3.2 / size - 2.2
            x = y = 0.0
            k = 0
            while x * x + y * y <= 4.0 and k < 60:
                x, y = x * x - y * y + x0, 2.0 * x * y + y0
                k += 1
            inside += k
    return inside


def simpson(f, a, b, steps):
    h = (b - a) / steps
    total = f(a) + f(b)
    for i in range(1, steps):
        total += f(a + i * h) * (4.0 if i % 2 else 2.0)
    return total * h / 3.0


def solve(size):
    rows = [[1.0 / (i + j + 1.5) for j in range(size)] + [float(i)] for i in range(size)]
    for i in range(size):
        pivot = rows[i][i]
        for j in range(i + 1, size):
            factor = rows[j][i] / pivot
            for k in range(i, size + 1):
                rows[j][k] -= factor * rows[i][k]
    return sum(rows[i][i] for i in range(size))


def run(n):
    area = simpson(lambda x: math.sin(x) * math.sqrt(x + 1.0), 0.0, 3.0, n * 1200)
    return f"{mandelbrot(n)} {area:.9f} {solve(n // 3):.6f}"


if __name__ == "__main__":
    print(run(N))
