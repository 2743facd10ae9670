"""Containers that one thread has changed alone for a while, when others come: nothing is lost."""
import collections
import os
import threading
import unittest

from _util import run

OWN, BOTH = 60, 300


class Box:
    pass


def make():
    return [], {}, set(), collections.deque(), bytearray(), Box()


def change(containers, who, first, n):
    a_list, a_dict, a_set, a_deque, a_bytearray, box = containers
    for i in range(first, first + n):
        key = who, i
        a_list.append(key)
        a_dict[key] = i
        a_set.add(key)
        a_deque.appendleft(key)
        a_bytearray.append(i & 255)
        if i % 50 == 0:
            setattr(box, f"{who}_{i}", i)


class OwnerAndGuests(unittest.TestCase):
    def check(self, containers, expected):
        a_list, a_dict, a_set, a_deque, a_bytearray, box = containers
        self.assertEqual(sorted(a_list), sorted(expected))
        self.assertEqual(a_dict, {k: k[1] for k in expected})
        self.assertEqual(a_set, set(expected))
        self.assertEqual(sorted(a_deque), sorted(expected))
        self.assertEqual(len(a_bytearray), len(expected))
        self.assertEqual(vars(box), {f"{who}_{i}": i for who, i in expected if i % 50 == 0})

    def test_a_guest_comes_while_the_owner_goes_on(self):
        rounds = 40
        made = [None] * rounds
        steps = [threading.Event() for _ in range(rounds)]

        def owner():
            for r in range(rounds):
                made[r] = make()
                change(made[r], 0, 0, OWN)
                steps[r].set()
                change(made[r], 0, OWN, BOTH)

        def guest():
            for r in range(rounds):
                steps[r].wait()
                change(made[r], 1, 0, BOTH)

        run(lambda k: owner(), lambda k: guest())
        expected = [(0, i) for i in range(OWN + BOTH)] + [(1, i) for i in range(BOTH)]
        for containers in made:
            self.check(containers, expected)

    def test_many_containers_go_from_thread_to_thread(self):
        n, each = 4, 300
        made = [[] for _ in range(n)]
        barrier = threading.Barrier(n)

        def body(k):
            for _ in range(each):
                made[k].append(make())
                change(made[k][-1], k, 0, 3)
            for step in range(1, n):
                barrier.wait()
                for containers in made[(k + step) % n]:
                    change(containers, k, 0, 3)

        run(body, each=n)
        expected = [(k, i) for k in range(n) for i in range(3)]
        for some in made:
            for containers in some:
                self.check(containers, expected)

    def test_more_threads_than_there_are_marks(self):
        n = 70
        made = [None] * n
        barrier = threading.Barrier(n)

        def body(k):
            made[k] = make()
            change(made[k], k, 0, 20)
            barrier.wait()
            for other in made:
                change(other, k, 100, 2)
            change(made[k], k, 20, 20)

        run(body, each=n)
        for k in range(n):
            self.check(made[k], [(k, i) for i in range(40)] +
                       [(other, i) for other in range(n) for i in (100, 101)])

    def test_a_thread_takes_over_what_an_ended_one_has_left(self):
        made = []

        def first(_):
            containers = make()
            change(containers, 0, 0, OWN)
            made.append(containers)

        def later(k, part):
            for containers in made[part::2]:
                change(containers, k, 0, 20)

        for _ in range(5):
            run(first, each=2)
        for k in range(1, 4):
            run(lambda part: later(k, part), each=2)
        for containers in made:
            self.check(containers, [(0, i) for i in range(OWN)] +
                       [(k, i) for k in range(1, 4) for i in range(20)])

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_a_child_changes_what_the_parents_threads_own(self):
        made, stop, ready = [], threading.Event(), threading.Event()

        def owner():
            made.append(make())
            change(made[0], 0, 0, OWN)
            ready.set()
            while not stop.is_set():
                made[0][0].append(1)
                made[0][0].pop()

        thread = threading.Thread(target=owner)
        thread.start()
        ready.wait()
        try:
            for _ in range(5):
                pid = os.fork()
                if pid == 0:
                    try:
                        change(made[0], 1, 0, 50)
                        os._exit(0 if len(made[0][2]) == OWN + 50 else 1)
                    finally:
                        os._exit(2)
                self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        finally:
            stop.set()
            thread.join()


if __name__ == "__main__":
    unittest.main()
