"""Comprehensions: list, set, dict, generator, nested, conditional; map and filter."""
N = 500


def run(n):
    total = 0
    for r in range(n):
        squares = [i * i for i in range(4000)]
        even = [x for x in squares if x % 2 == 0]
        pairs = [(i, j) for i in range(50) for j in range(i)]
        table = {x: i for i, x in enumerate(even)}
        last = {x % 100 for x in squares}
        matrix = [[i * j + r for j in range(40)] for i in range(40)]
        flat = [x for row in matrix for x in row if x & 1]
        total += sum(x + 1 for x in even) + len(pairs) + len(table) + sum(last)
        total += sum(flat) + sum(map(lambda x: x >> 1, squares)) + len(list(filter(None, matrix[0])))
        total += sum(a * b for a, b in pairs) + max(x for row in matrix for x in row)
        total += len({k: v for k, v in table.items() if v % 3}) + any(x == 81 for x in squares)
        total += all(isinstance(x, int) for x in even) + sum([y for x in even[:500]
                                                              if (y := x // 3) > 5])
    return total


if __name__ == "__main__":
    print(run(N))
