"""Independent work: allocation of objects, lists, dicts and strings of a thread's own."""
from _harness import main

N = 500_000


class Node:
    def __init__(self, value, after):
        self.value = value
        self.after = after


def work(n):
    total = 0
    chain = None
    for i in range(n):
        chain = Node(i, chain if i % 100 else None)
        d = {"a": i, "b": [i, i + 1]}
        total += len(d["b"]) + chain.value
        total += len(f"{i}:{total & 15}") + len([x for x in (1, 2, 3)])
    return total


main(work, N)
