"""Shared reads: a graph of objects that all threads walk."""
from _harness import main

N = 350


class Node:
    __slots__ = ("key", "left", "right")

    def __init__(self, key):
        self.key = key
        self.left = self.right = None


def build(low, high):
    if low >= high:
        return None
    middle = (low + high) // 2
    node = Node(middle)
    node.left = build(low, middle)
    node.right = build(middle + 1, high)
    return node


ROOT = build(0, 4096)


def find(key):
    node, depth = ROOT, 0
    while node is not None and node.key != key:
        node = node.left if key < node.key else node.right
        depth += 1
    return depth


def work(n):
    total = 0
    for _ in range(n):
        for key in range(0, 4096, 2):
            total += find(key)
    return total


main(work, N)
