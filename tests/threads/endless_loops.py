"""A loop in C over an iterator in C is no obstacle: the handler of a signal runs meanwhile, and what it
raises ends the loop; another thread stops it for a collection."""
import collections
import functools
import gc
import heapq
import io
import itertools
import math
import operator
import re
import signal
import statistics
import sys
import threading
from array import array
from collections import Counter, OrderedDict, deque
from itertools import repeat

if sys.implementation.name != "typhon":
    sys.exit(77)  # the reference goes on until the loop ends


def last(iterator):
    deque(iterator, 0)


def delegating(iterator):
    yield from iterator


def delegating_twice(iterator):
    yield from delegating(iterator)


# each takes an iterator that gives 2 for ever, and keeps nothing
LOOPS = [
    sum, math.fsum, min, max, all, set, frozenset, dict.fromkeys, last, statistics.mean,
    lambda r: sum(r, 0.5), lambda r: math.prod(r, start=0), lambda r: math.prod(r, start=0.0), lambda r: max(r, key=abs),
    lambda r: any(map(operator.not_, r)), lambda r: set().update(r), lambda r: {1}.intersection(r),
    lambda r: {1}.difference(r), lambda r: {1}.difference_update(r), lambda r: {2}.issuperset(r),
    lambda r: {1}.isdisjoint(r), lambda r: dict(zip(r, r)), lambda r: {}.update(zip(r, r)), Counter,
    OrderedDict.fromkeys, lambda r: deque(r, 5), lambda r: deque(maxlen=5).extendleft(r),
    lambda r: 1 in r, lambda r: operator.countOf(r, 2), lambda r: operator.indexOf(r, 1),
    lambda r: next(filter(operator.not_, r)), lambda r: next(itertools.filterfalse(None, r)),
    lambda r: next(itertools.dropwhile(bool, r)), lambda r: next(itertools.compress(r, map(operator.not_, r))),
    lambda r: next(itertools.islice(r, 2**60, None)), lambda r: last(itertools.starmap(max, zip(r, r))),
    lambda r: next(itertools.chain.from_iterable(map(str.lstrip, map(str, r), map(str, r)))),
    lambda r: last(itertools.chain(r)), lambda r: last(itertools.accumulate(r, max)),
    lambda r: last(itertools.pairwise(r)), lambda r: last(itertools.groupby(r)),
    lambda r: next(itertools.islice(itertools.groupby(r), 1, None)), lambda r: last(enumerate(r)),
    lambda r: last(itertools.takewhile(bool, r)), lambda r: last(itertools.zip_longest(r, r)),
    lambda r: last(itertools.tee(r)[0]), lambda r: functools.reduce(max, r), lambda r: heapq.nsmallest(1, r),
    lambda r: sum(delegating(r)), lambda r: last(delegating_twice(r)), lambda r: set(delegating_twice(r)),
    lambda r: max(x for x in r), lambda r: io.StringIO().writelines(map("".format, r)),
    lambda r: collections._count_elements({}, r),
]

# each keeps what it gets
GROWING = [
    list, tuple, sorted, bytes, bytearray, lambda r: [*r], lambda r: [].extend(r), lambda r: print(*r),
    lambda r: "".join(map(str, r)), lambda r: b"".join(map(bytes, r)), lambda r: bytearray().extend(r),
    lambda r: array("b", r), lambda r: array("b").extend(r), lambda r: list(delegating(r)),
    lambda r: [0].__setitem__(slice(1), r), lambda r: list(itertools.count()), lambda r: deque().extend(r),
]


class Alarm(Exception):
    pass


def alarm(*_):
    raise Alarm


def end_by_signal(loop):
    signal.setitimer(signal.ITIMER_REAL, 0.005)
    try:
        loop(repeat(2))
    except Alarm:
        return
    raise AssertionError(f"it has ended: {loop}, {loop.__code__.co_firstlineno}")


def collect_meanwhile(loop):
    twos = [0, 0]
    begun = threading.Event()

    def run():
        begun.set()
        try:
            loop(iter(twos.__len__, 1))
        except (ValueError, StopIteration):
            pass  # there is none

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait()
    for _ in range(3):
        gc.collect()
    twos.pop()
    thread.join()


signal.signal(signal.SIGALRM, alarm)
for loop in LOOPS + GROWING:
    end_by_signal(loop)
for loop in LOOPS:
    collect_meanwhile(loop)

# many matches that take no time each
done = []
replaced = map(re.compile("a").sub, ("b",), ("a" * 3_000_000,))
signal.setitimer(signal.ITIMER_REAL, 0.005)
try:
    done[:] = replaced
except Alarm:
    pass
assert not done

print("ok")
