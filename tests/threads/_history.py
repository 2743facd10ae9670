"""Recorded histories of operations on one shared object, and whether some order of the operations
explains them.

Each thread notes, for each of its operations, a time before and one after it, the arguments and the
result.  A history is linearizable when the operations can be put in one order, in which each lies
between its two times, such that a sequential object gives the same results (Wing and Gong; the
search remembers states it has seen, as Lowe does).  What a history says about threads that run at
the same moment it says only when operations overlap: those that do are counted.  A processor may
keep what it writes to itself for a moment, while the thread has long looked at the clock again: an
operation may count as SEEN later."""
import os
import threading
import time

now = time.perf_counter_ns
MEET = 200_000  # nanoseconds that a thread waits for the others without sleeping
SEEN = 500  # nanoseconds: what some cache lines take that others want, too


def record(make, scripts):
    """Runs each script (a list of (name, function of the object)) on a thread of its own, on one
    object."""
    o, here = make(), []
    histories = [None] * len(scripts)

    def body(k):
        out = []
        here.append(k)
        late = now() + MEET
        while len(here) < len(scripts) and now() < late:
            pass
        for name, f in scripts[k]:
            begin = now()
            try:
                result = f(o)
            except Exception as e:
                result = type(e)
            out.append((begin, now(), name, f, result))
        histories[k] = out

    return o, histories, body


class Team:
    """Threads that live through many histories."""

    def __init__(self, size):
        self.start, self.end = threading.Barrier(size + 1), threading.Barrier(size + 1)
        self.body = None
        self.threads = [threading.Thread(target=self.run, args=(k,), daemon=True)
                        for k in range(size)]
        for t in self.threads:
            t.start()

    def run(self, k):
        while True:
            self.start.wait()
            if self.body is None:
                return
            try:
                self.body(k)
            finally:
                self.end.wait()

    def history(self, make, scripts):
        o, histories, self.body = record(make, scripts)
        self.start.wait()
        self.end.wait()
        assert None not in histories, "a worker failed"
        return o, histories

    def stop(self):
        self.body = None
        self.start.wait()
        for t in self.threads:
            t.join()


def explains(f, state, result):
    """Of an operation that may answer one thing or another: f.possible(state, result) does it and
    says whether this may be."""
    possible = getattr(f, "possible", None)
    return possible is not None and possible(state, result)


def explain(make, copy, freeze, histories, final):
    """True when the histories and the final state have an order; copy(object), freeze(object) ->
    something hashable."""
    n = len(histories)
    seen = set()
    stack = [((0,) * n, make())]
    while stack:
        at, state = stack.pop()
        key = at, freeze(state)
        if key in seen:
            continue
        seen.add(key)
        pending = [histories[k][at[k]] for k in range(n) if at[k] < len(histories[k])]
        if not pending:
            if freeze(state) == final:
                return True
            continue
        first_end = min(op[1] for op in pending) + SEEN
        for k in range(n):
            if at[k] == len(histories[k]):
                continue
            begin, _, _, f, result = histories[k][at[k]]
            if begin > first_end:
                continue  # another one had ended before this one began
            fresh = copy(state)
            try:
                got = result if explains(f, fresh, result) else f(fresh)
            except Exception as e:
                got = type(e)
            if got == result:
                stack.append((at[:k] + (at[k] + 1,) + at[k + 1:], fresh))
    return False


def overlap(histories):
    spans = [(op[0], op[1], k) for k, h in enumerate(histories) for op in h]
    return any(a[2] != b[2] and a[0] < b[1] and b[0] < a[1] for a in spans for b in spans)


def check(make, copy, freeze, operations, rounds, seed, threads=None, length=3):
    """operations: name -> function(random) -> function(object).  Each round uses a few operations
    with each of them as the one that is sure to be there, so that `rounds` histories contain each.
    More threads than processors do not meet."""
    import random
    r = random.Random(seed)
    threads = threads or min(max(len(os.sched_getaffinity(0)), 2), 3)
    length += 3 - threads
    team = Team(threads)
    names = list(operations)
    met = {}
    for name in names:
        for i in range(rounds):
            some = [name] + r.sample(names, min(2, len(names)))
            scripts = [[(s, operations[s](r)) for s in (r.choice(some) if j or k else name
                                                        for j in range(length))]
                       for k in range(threads)]
            o, histories = team.history(make, scripts)
            met[name] = met.get(name, 0) + overlap(histories)
            if not explain(make, copy, freeze, histories, freeze(o)):
                base = min(h[0][0] for h in histories)
                for k, h in enumerate(histories):
                    for begin, end, op, f, result in h:
                        print("thread", k, begin - base, end - base, op, f.__defaults__, result)
                raise AssertionError(("no order explains this", name, i, seed, freeze(o)))
    team.stop()
    print(f"{len(names)} operations, {rounds} histories each; of one operation at least "
          f"{min(met.values())} with overlapping ones,",
          f"{sum(met.values()) // len(met)} on average")
