"""Object graphs: linked lists, binary trees, cycles, shortest paths; allocation and garbage."""
import heapq

N = 16


class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def check(self):
        return 1 if self.left is None else 1 + self.left.check() + self.right.check()


class Cell:
    __slots__ = ("value", "next", "prev")

    def __init__(self, value, after):
        self.value = value
        self.next = after
        self.prev = None


def make(depth):
    return Node(None, None) if depth == 0 else Node(make(depth - 1), make(depth - 1))


def ring(n):
    head = last = Cell(0, None)
    for i in range(1, n):
        cell = Cell(i, last)
        last.prev = cell
        last = cell
    head.next, last.prev = last, head
    return head


def shortest(size):
    goal, best, heap = size * size - 1, {0: 0}, [(0, 0)]
    while heap:
        cost, at = heapq.heappop(heap)
        if at == goal:
            return cost
        if cost > best[at]:
            continue
        x, y = divmod(at, size)
        for nx, ny in ((x + 1, y), (x, y + 1), (x - 1, y), (x, y - 1)):
            if 0 <= nx < size and 0 <= ny < size:
                k = nx * size + ny
                c = cost + (nx * 7 + ny * 13) % 10 + 1
                if c < best.get(k, 1 << 30):
                    best[k] = c
                    heapq.heappush(heap, (c, k))


def run(n):
    keep = make(n)
    total = keep.check()
    for depth in range(4, n, 2):
        for _ in range(1 << (n - depth - 1)):
            total += make(depth).check()
    for _ in range(n * 3):
        cell = ring(500)
        for _ in range(700):
            total += cell.value
            cell = cell.next
    return total + keep.check() + shortest(n * 7)


if __name__ == "__main__":
    print(run(N))
