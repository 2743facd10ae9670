"""What is read of a whole dict, set or deque while another thread changes it is a state that there was:
one thread changes it in a way that shows, and the others copy it again and again."""
import copy
import functools
import json
import os
from collections import OrderedDict, defaultdict, deque

from _util import watch_readers

watch = functools.partial(watch_readers, rounds=int(os.environ.get("ROUNDS", 1000)))


# ---- values are replaced one after the other: those in front are of the same round or the next ----

def check_values(values):
    values = list(values)
    first = values[0]
    turn = values.index(first - 1) if values[-1] != first else len(values)
    assert values == [first] * turn + [first - 1] * (len(values) - turn), values


def check_items(items):
    items = list(items)
    assert [k for k, v in items] == KEYS[:len(items)], items
    check_values([v for k, v in items])


def check_text(text):
    check_values(map(int, text.split()))


def check_dict(d):
    check_items(d.items())


KEYS = [f"key{i}" for i in range(40)]


def replaced(d):
    keys = list(d)

    def change(n):
        for k in keys:
            d[k] = n

    return change


def list_of_values(**kw):
    return list(kw.values())


def dict_readers(d):
    return [
        (lambda: list(d.items()), check_items),
        (lambda: list(d.values()), check_values),
        (lambda: d.copy(), check_dict),
        (lambda: copy.copy(d if type(d) is dict else d.copy()), check_dict),
        (lambda: dict(d), check_dict),
        (lambda: {**d}, check_dict),
        (lambda: {} | d, check_dict),
        (lambda: {KEYS[0]: 0, **d}, check_dict),
        (lambda: OrderedDict(d), check_dict),
        (lambda: (lambda **kw: kw)(**d), check_dict),
        (lambda: json.loads(json.dumps(d)), check_dict),
        (lambda: " ".join("{%s}" % k for k in d).format(**d), check_text),
        (lambda: functools.partial(list_of_values, **d)(), check_values),
    ]


for size in 5, 12, 40:
    for make in dict, OrderedDict, lambda pairs: defaultdict(int, pairs):
        d = make((k, 0) for k in KEYS[:size])
        watch(replaced(d), dict_readers(d))

# some keys have gone: copies are without the places they had
d = {k: 0 for k in ["gone"] + KEYS[:5] + ["gone, too"] + KEYS[5:]}
del d["gone"], d["gone, too"]
watch(replaced(d), dict_readers(d))


# str.format() leaves keys alone that are no str
d = {1: 0} | {k: 0 for k in KEYS} | {None: 0}
text = " ".join("{%s}" % k for k in KEYS)
watch(replaced(d), [(lambda: text.format(**d), check_text)])


# ---- keys come at the end and go at the front: those that are there follow each other ----

def check_run(keys):
    keys = list(keys)
    assert keys == list(range(keys[0], keys[0] + len(keys))), keys
    assert WIDTH <= len(keys) <= WIDTH + 1, keys


def check_sorted_run(keys):
    check_run(sorted(keys))


WIDTH = 24
for make in dict.fromkeys, OrderedDict.fromkeys:
    d = make(range(WIDTH))

    def change(n):
        d[WIDTH + n - 1] = None
        del d[n - 1]

    watch(change, [
        (lambda: list(d), check_run),
        (lambda: list(d.items()), lambda items: check_run(k for k, v in items)),
        (lambda: d.copy(), check_run),
        (lambda: {**d}, check_run),
        (lambda: sorted(d), check_run),
    ])


# ---- the last keys go and come again, in order ----

def check_start(keys):
    keys = list(keys)
    assert keys == list(range(len(keys))) and WIDTH - 3 <= len(keys) <= WIDTH, keys


stack = dict.fromkeys(range(WIDTH))


def change_stack(n):
    for _ in range(3):
        stack.popitem()
    for k in range(WIDTH - 3, WIDTH):
        stack[k] = None


watch(change_stack, [(f, check_start) for f in (
    lambda: list(stack), lambda: stack.copy(), lambda: stack | {}, lambda: {**stack})])

s = set(range(WIDTH))


def change_set(n):
    s.add(WIDTH + n - 1)
    s.remove(n - 1)


watch(change_set, [(f, check_sorted_run) for f in (
    lambda: list(s), lambda: s.copy(), lambda: set(s), lambda: frozenset(s), lambda: [*s],
    lambda: s | set(), lambda: set().union(s), lambda: s ^ set(), lambda: copy.copy(s))])


# ---- a key moves from end to end ----

order = OrderedDict.fromkeys(range(WIDTH))


def check_turned(keys):
    keys = list(keys)
    at = keys.index(0)
    assert keys[at:] + keys[:at] == list(range(WIDTH)), keys


watch(lambda n: order.move_to_end((n - 1) % WIDTH),
      [(lambda: list(order), check_turned), (lambda: order.copy(), check_turned)])


# ---- deques ----

q = deque(range(WIDTH))


def change_deque(n):
    q.append(WIDTH + n - 1)
    q.popleft()


def check_length(n):
    assert WIDTH <= n <= WIDTH + 1, n


watch(change_deque, [
    (lambda: q.copy(), check_run), (lambda: q + deque(), check_run), (lambda: len(q), check_length),
    (lambda: eval(repr(q)), check_run), (lambda: copy.copy(q), check_run)])

turning = deque(range(WIDTH))
watch(lambda n: turning.rotate(n % 5 - 2),
      [(lambda: turning.copy(), check_turned), (lambda: turning * 1, check_turned)])

pairs = deque(["a", "b"] * 10)


def swap(n):
    pairs.reverse()
    pairs[n % 20] = pairs[n % 20]
    pairs.reverse()
    pairs.extend(["a", "b"])
    pairs.popleft()
    pairs.popleft()


def check_pairs(copied):
    assert 20 <= len(copied) <= 22, copied
    assert all(copied[i] != copied[i + 1] for i in range(len(copied) - 1)), copied


watch(swap, [(lambda: pairs.copy(), check_pairs)])


# ---- attributes: all are there while another thread asks for __dict__, which moves them ----

class Instance:
    def __init__(self):
        for k in KEYS[:20]:
            setattr(self, k, k)


instances = [Instance() for _ in range(20)]


def move(n):
    vars(instances[n % 20])
    instances[(n + 10) % 20] = Instance()


def check_attributes(state):
    assert len(state) == 20 and all(k == v for k, v in state.items()), state


watch(move, [(lambda: [o.__reduce_ex__(2)[2] for o in instances],
              lambda states: [check_attributes(state) for state in states])])
print("ok")
