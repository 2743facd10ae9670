"""Lists: append, index, slices, insertion, deletion, copies, queens."""
N = 1_500_000


def queens(size, row=0, columns=(), up=(), down=()):
    if row == size:
        return 1
    found = 0
    for c in range(size):
        if c not in columns and row + c not in up and row - c not in down:
            found += queens(size, row + 1, [*columns, c], [*up, row + c], [*down, row - c])
    return found


def run(n):
    a = []
    for i in range(n):
        a.append(i * 7 % 1000)
    total = 0
    for i in range(1, n):
        total += a[i] - a[i - 1]
        a[i] = total & 0xFF
    b = a[::2] + a[1::2]
    b.reverse()
    b[10:20] = [1, 2, 3]
    del b[5:8]
    small = []
    for x in b:
        small.insert(0, x)
        if len(small) > 30:
            total += small.pop() + small.pop(3)
            small.remove(x)
    for x, y in zip(a, b):
        total += x if x < y else y
    matrix = [[i * j for j in range(60)] for i in range(60)]
    for _ in range(n // 6000):
        matrix = [list(row) for row in zip(*matrix)]
        total += sum(row[i] for i, row in enumerate(matrix)) + matrix[3].index(6) + sum(map(max, matrix))
        product = [[sum([x * y for x, y in zip(r, c)]) & 0xFF for c in matrix[:12]]
                   for r in matrix[:12]]
        total += product[3][4]
    return total + queens(7) + b.count(5) + (77 in b) + sum(sorted(a[:1000])[:10])


if __name__ == "__main__":
    print(run(N))
