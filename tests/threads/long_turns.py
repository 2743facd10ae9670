"""Threads that change one container in tight loops, and so have it for many changes in a row: who
stops in the middle of that, ends, forks, or changes two of them at once, loses nothing, and lets
the others go on."""
import collections
import os
import threading
import time
import unittest

from _util import run

N = 20_000


def fill(containers, first, n):
    a_list, a_dict, a_set, a_deque = containers
    for i in range(first, first + n):
        a_list.append(i)
    for i in range(first, first + n):
        a_dict[i] = i
    for i in range(first, first + n):
        a_set.add(i)
    for i in range(first, first + n):
        a_deque.append(i)


class LongTurns(unittest.TestCase):
    def setUp(self):
        self.containers = [], {}, set(), collections.deque()

    def check(self, count):
        a_list, a_dict, a_set, a_deque = self.containers
        expected = list(range(count))
        self.assertEqual(sorted(a_list), expected)
        self.assertEqual(sorted(a_dict.items()), [(i, i) for i in expected])
        self.assertEqual(sorted(a_set), expected)
        self.assertEqual(sorted(a_deque), expected)

    def test_all_go_on(self):
        for count in 2, 5:
            with self.subTest(threads=count):
                self.setUp()
                run(lambda k: fill(self.containers, k * N, N), each=count)
                self.check(count * N)

    def test_some_pause(self):
        def paused(k):
            for i in range(20):
                fill(self.containers, k * N + i * N // 20, N // 20)
                time.sleep(0.0005 * k)

        run(paused, each=3)
        self.check(3 * N)

    def test_some_end(self):
        def starter(k):
            for i in range(20):
                first = k * N + i * N // 20
                t = threading.Thread(target=fill, args=(self.containers, first, N // 20))
                t.start()
                t.join()

        run(starter, each=3)
        self.check(3 * N)

    def test_what_is_taken_is_taken_once(self):
        line, taken = collections.deque(), [[], []]

        def worker(k):
            mine = taken[k]
            for i in range(N):
                line.append((k, i))
                mine.append(line.popleft())

        run(worker, each=2)
        both = taken[0] + taken[1]
        self.assertEqual(len(line), 0)
        self.assertEqual(sorted(both), [(k, i) for k in range(2) for i in range(N)])
        for mine in taken:  # in the order in which they were put
            for k in range(2):
                numbers = [i for who, i in mine if who == k]
                self.assertEqual(numbers, sorted(numbers))

    def test_two_at_once(self):
        a, b, few = set(), [], (-1, -2, -3)
        others, tail = set(few), list(few)

        def worker(k):
            for i in range(N // 4):
                a.add(k * N + i)
                b.append(k * N + i)
                if i % 7 == k:
                    a.update(others)
                    b.extend(tail)
                    others.update(few)
                    tail[:] = few

        run(worker, each=2)
        expected = sorted(k * N + i for k in range(2) for i in range(N // 4))
        self.assertEqual(sorted(a - set(few)), expected)
        self.assertEqual(sorted(i for i in b if i >= 0), expected)

    def test_objects_are_made_meanwhile(self):
        table = {}

        def worker(k):
            for i in range(N):
                table[k, i % 500] = [i] * (i % 9)

        run(worker, each=2)
        last = {i % 500: [i] * (i % 9) for i in range(N)}
        self.assertEqual(table, {(k, i): v for k in range(2) for i, v in last.items()})

    @unittest.skipUnless(hasattr(os, "fork"), "needs os.fork()")
    def test_a_child_goes_on(self):
        stop = threading.Event()
        items = []

        def hurried(k):
            while not stop.is_set():
                for i in range(200):
                    items.append(i)
                if len(items) > 100_000:
                    items.clear()

        def parent(k):
            try:
                for i in range(10):
                    for j in range(500):
                        items.append(j)
                    pid = os.fork()
                    if pid == 0:
                        try:
                            items.clear()
                            for j in range(500):
                                items.append(j)
                            os._exit(len(items) != 500)
                        finally:
                            os._exit(2)
                    self.assertEqual(os.waitpid(pid, 0)[1], 0)
            finally:
                stop.set()

        run(parent, hurried, hurried)


if __name__ == "__main__":
    unittest.main()
