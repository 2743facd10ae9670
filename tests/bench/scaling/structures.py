"""Cases for tools/count_lines: one operation per round on one structure that all threads share."""
import importlib
import itertools
import sys
import threading

from _case import case

numbered = itertools.count()


class Point:
    factor = 3

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def move(self, by):
        return self.x + by


shared = Point(1, 2)
table = {f"key{i}": i for i in range(500)}
keys = list(table)
numbers = list(range(1000))
items, mutex, value = [], threading.Lock(), 0


@case(2000)
def dict_read(n):
    for i in range(n):
        table[keys[i % 500]]
    return n


@case(2000)
def attribute_read(n):
    s = shared
    for _ in range(n):
        s.x
    return n


@case(2000)
def method_call(n):
    s = shared
    for i in range(n):
        s.move(i)
    return n


@case(2000)
def global_read(n):
    for _ in range(n):
        value
    return n


@case(2000)
def list_read(n):
    for i in range(n):
        numbers[i % 1000]
    return n


kinds = [type(f"Kind{i}", (Point,), {f"a{i % 7}": i, f"b{i % 11}": i}) for i in range(300)]
made = [kind(1, 2) for kind in kinds]
names = [f"a{i}" for i in range(7)] + [f"b{i}" for i in range(11)] + ["factor", "move"]


@case(2000)
def type_cache_lookup(n):
    for i in range(n):
        getattr(made[i % 300], names[i % 20], None)
    return n


class Changed:
    a = 0


@case(1000)
def type_change_and_lookup(n):
    c = Changed()
    for i in range(n):
        Changed.a = i
        c.a
    return n


@case(1000)
def known_shape_transitions(n):
    for i in range(n):
        p = Point(i, i)
        p.a = p.b = p.c = i
    return n


@case(500, own=lambda: next(numbered))
def new_shape_transitions(own, n):
    for i in range(n):
        p = Point(i, i)
        setattr(p, f"z{own}_{n}_{i}", i)
    return n


@case(4000)
def allocation(n):
    for i in range(n):
        [i]
    return n


@case(2000, own=lambda: [None])
def remembered_set(own, n):
    for i in range(n):
        own[0] = [i]
    return n


@case(2000)
def interning_known(n):
    for i in range(n):
        sys.intern(f"key{i % 500}")
    return n


@case(500, own=lambda: next(numbered))
def interning_new(own, n):
    for i in range(n):
        sys.intern(f"new{own}_{n}_{i}")
    return n


@case(2000)
def import_loaded(n):
    for _ in range(n):
        import json
    return json.__name__


@case(64)
def import_anew(n):
    for _ in range(n):
        sys.modules.pop("colorsys", None)
        try:
            importlib.import_module("colorsys")
        except KeyError:  # another thread has taken it out at once
            pass
    return n


@case(1000)
def list_append(n):
    for i in range(n):
        items.append(i)
    return n


@case(1000, own=lambda: next(numbered) * 1000)
def dict_write_of_distinct_keys(own, n):
    for i in range(n):
        table[own + i % 20] = i
    return n


@case(1000)
def attribute_write(n):
    s = shared
    for i in range(n):
        s.y = i
    return n


@case(1000)
def lock(n):
    for _ in range(n):
        with mutex:
            pass
    return n
