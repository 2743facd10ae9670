"""Generators: plain, delegating, send, pipelines, recursion over a tree."""
N = 1_300_000


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def squares(it):
    for x in it:
        yield x * x


def odd(it):
    return (x for x in it if x & 1)


def both(n):
    yield from count(n)
    yield from squares(count(n))


def average():
    total = number = 0
    while True:
        x = yield total // number if number else 0
        total += x
        number += 1


def tree(depth):
    return None if depth == 0 else (tree(depth - 1), depth, tree(depth - 1))


def walk(node):
    if node:
        yield from walk(node[0])
        yield node[1]
        yield from walk(node[2])


def run(n):
    total = sum(both(n)) + sum(odd(squares(count(n))))
    acc = average()
    next(acc)
    for i in range(n):
        total += acc.send(i)
    return total + sum(walk(tree(14)))


if __name__ == "__main__":
    print(run(N))
