"""Generators and coroutines that several threads resume: their own ones, those of others, those
that go from hand to hand, those of threads that have ended.  Each value is seen once, or "already
executing" is raised; no frame runs twice.

Each round has code objects of its own: what becomes of the generators of one is remembered for it.
"""
import queue
import threading
import types

from _util import THREADS, run

ROUNDS, ITEMS = 60, 40


def fresh(f):
    """A function like f that has never run."""
    return types.FunctionType(f.__code__.replace(), f.__globals__, closure=f.__closure__)


def numbers(n, busy):
    for i in range(n):
        assert busy.acquire(False), "runs twice"
        busy.release()
        yield i


def delegating(n, busy):
    yield from numbers(n, busy)


def is_busy(e):
    assert "already executing" in str(e), e


# ---- ways to take some of the items of g ----
def by_next(g, mine):
    for x in iter(lambda: next(g, None), None):
        mine.append(x)


def by_for(g, mine):
    for x in g:
        mine.append(x)


def by_send(g, mine):
    while True:
        try:
            mine.append(g.send(None))
        except StopIteration:
            return


def by_delegation(g, mine):
    def through():
        yield from g

    for x in through():
        mine.append(x)


def by_extend(g, mine):
    mine.extend(g)


WAYS = [by_next, by_for, by_send, by_delegation, by_extend]


def drain(g, way, mine):
    while True:
        try:
            way(g, mine)
            return
        except ValueError as e:
            is_busy(e)


def looked_at(g):
    return (g.gi_running, g.gi_suspended if hasattr(g, "gi_suspended") else None,
            g.gi_yieldfrom, g.gi_frame)


# ---- one thread makes it and begins with it, all go on at the same moment ----
shared = [None] * ROUNDS
begun = threading.Barrier(THREADS)


def race(k):
    mine, own = [[] for _ in range(ROUNDS)], fresh(numbers)(ROUNDS, threading.Lock())
    for r in range(ROUNDS):
        if r % THREADS == k:
            g = fresh(numbers if r & 4 else delegating)(ITEMS, threading.Lock())
            for _ in range(r % 3):
                mine[r].append(next(g))
            shared[r] = g
        begun.wait()
        if r % 5 == k:
            looked_at(shared[r])
        drain(shared[r], WAYS[(r + k) % len(WAYS)], mine[r])
        assert next(own) == r
    return mine


for got in zip(*run(race, each=THREADS)):
    assert sorted(sum(got, [])) == list(range(ITEMS)), got


# ---- from hand to hand: one thread at a time has it, so that nobody is turned away ----
hands = [queue.SimpleQueue() for _ in range(THREADS)]


def hand_round(k):
    steps = 0
    make = fresh(numbers)
    for i in range(20):
        # some of one code, some of their own
        g = (make if i & 1 else fresh(numbers))(ITEMS, threading.Lock())
        at = 0
        if i & 2:
            assert next(g) == 0
            at = 1
        hands[(k + 1) % THREADS].put((g, at))
    for _ in range(20 * ITEMS):
        g, at = hands[k].get()
        if at < ITEMS:
            assert next(g) == at
            steps += 1
        hands[(k + 1) % THREADS].put((g, at + 1))
    return steps


run(hand_round, each=THREADS)


# ---- the thread that made them has ended ----
def orphans():
    made = []

    def make():
        for _ in range(10):
            g = fresh(numbers)(ITEMS, threading.Lock())
            next(g)
            made.append(g)

    t = threading.Thread(target=make)
    t.start()
    t.join()
    return made


left = [g for _ in range(6) for g in orphans()]


def adopt(k):
    mine = [[] for _ in left]
    for i, g in enumerate(left):
        drain(g, WAYS[(i + k) % len(WAYS)], mine[i])
    return mine


for got in zip(*run(adopt, each=THREADS)):
    assert sorted(sum(got, [])) == list(range(1, ITEMS)), got


# ---- coroutines ----
@types.coroutine
def step(i):
    return (yield i)


async def talk(n, busy):
    for i in range(n):
        assert busy.acquire(False), "runs twice"
        busy.release()
        assert await step(i) is None
    return "end"


coroutines = [None] * ROUNDS


def drive(k):
    mine, ends = [[] for _ in range(ROUNDS)], []
    for r in range(ROUNDS):
        if r % THREADS == k:
            coroutines[r] = c = fresh(talk)(ITEMS, threading.Lock())
            if r & 4:
                mine[r].append(c.send(None))
        begun.wait()
        while True:
            try:
                mine[r].append(coroutines[r].send(None))
            except StopIteration as e:
                ends.append((r, e.value))
                break
            except ValueError as e:
                is_busy(e)
            except RuntimeError as e:
                assert "cannot reuse already awaited coroutine" in str(e), e
                break
    return mine, ends


results = run(drive, each=THREADS)
for got in zip(*(mine for mine, _ in results)):
    assert sorted(sum(got, [])) == list(range(ITEMS)), got
assert sorted(sum((ends for _, ends in results), [])) == [(r, "end") for r in range(ROUNDS)]


# ---- one thread closes it or throws into it, the others go on with it ----
class Stop(Exception):
    pass


def guarded(n, ended):
    try:
        for i in range(n):
            yield i
    finally:
        ended.append(None)


def guarded_outer(n, inner_ended, ended):
    try:
        yield from guarded(n, inner_ended)
    finally:
        ended.append(None)


closing = [None] * ROUNDS


def end(k):
    mine = []
    for r in range(ROUNDS):
        if r % THREADS == k:
            inner, outer = [], []
            g = fresh(guarded_outer)(100, inner, outer)
            mine.append(next(g))
            closing[r] = g, inner, outer
        begun.wait()
        g = closing[r][0]
        seen = []
        while True:
            try:
                if (r + k) % THREADS == 1:
                    g.close()
                    break
                if (r + k) % THREADS == 2:
                    g.throw(Stop)
                    assert False, "goes on"
                seen.append(next(g))
            except (Stop, StopIteration):
                break
            except ValueError as e:
                is_busy(e)
        assert seen == sorted(set(seen)), seen
    return mine


run(end, each=THREADS)
for g, inner, outer in closing:
    assert len(inner) == len(outer) == 1, (inner, outer)
    assert list(g) == [] and g.gi_frame is None


# ---- a generator that is closed before it has begun, or begun: one of the two ----
untouched = [None] * ROUNDS


def begin_or_close(k):
    first = []
    for r in range(ROUNDS):
        if r % THREADS == k:
            untouched[r] = fresh(numbers)(1, threading.Lock())
        begun.wait()
        try:
            if (r + k) % THREADS < 2:
                untouched[r].close()
            else:
                first += [(r, x) for x in untouched[r]]
        except ValueError as e:
            is_busy(e)
    return first


items = sum(run(begin_or_close, each=THREADS), [])
assert len(items) == len(set(items))
