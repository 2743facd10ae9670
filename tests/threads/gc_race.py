"""Collections while other threads allocate, finalizers, cycles, resurrection, gc.collect() from all
threads."""
import gc
import threading

from _util import THREADS, run

N = 400
finalized = []


class Node:
    def __init__(self, value):
        self.value = value
        self.me = self
        self.others = [self]


class Final:
    def __init__(self, k):
        self.k = k
        self.loop = self

    def __del__(self):
        finalized.append(self.k)


def build(depth):
    return (depth, None, None) if depth == 0 else (depth, build(depth - 1), build(depth - 1))


def check(tree):
    return 1 if tree[0] == 0 else 1 + check(tree[1]) + check(tree[2])


def allocate(k):
    keep = []
    for i in range(N):
        n = Node((k, i))
        if i % 10 == 0:
            keep.append(n)
        assert check(build(5)) == 63
        text = "".join(chr(97 + (i + j) % 26) for j in range(30))
        assert text == bytes(text, "ascii").decode()
        Final(k)
        [str(j) for j in range(50)]
    assert ([n.value[1] for n in keep] == list(range(0, N, 10))
            and all(n.me is n and n.others[0] is n for n in keep))


def collect(k):
    for _ in range(25):
        gc.collect()


run(allocate, allocate, allocate, collect)
for _ in range(3):
    gc.collect()
assert len(finalized) > 0.9 * 3 * N, len(finalized)

# resurrection
saved, lock = [], threading.Lock()


class Phoenix:
    def __init__(self, n):
        self.n = n
        self.data = [n] * 5

    def __del__(self):
        saved.append(self)


def burn(k):
    for i in range(200):
        Phoenix((k, i))
    gc.collect()


run(burn, each=THREADS)
gc.collect()
assert all(p.data == [p.n] * 5 for p in saved) and len({id(p) for p in saved}) == len(saved)


def objects(k):
    for _ in range(3):
        gc.get_count(), gc.isenabled(), gc.get_threshold()
        assert gc.collect() >= 0


run(objects, allocate, each=2)
