"""Micro-benchmarks: each case times one operation, by itself as far as a program can.

`INTERP cases.py CASE` prints the nanoseconds an operation takes.  A case is a function of the
number of rounds, marked with what it times, how many times as fast as the reference it shall be,
and how many operations a round has.
"""
import sys
import time

cases = {}


def case(what, wanted, rounds, operations=1):
    def mark(function):
        cases[function.__name__] = function, what, wanted, rounds, operations
        return function

    return mark


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@case("fib(25), per call", 3.0, 1, 242_785)
def recursion(n):
    for _ in range(n):
        fib(25)


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def get(self):
        return self.x


def nothing(a=1, b=2):
    return a


@case("method call", 2.5, 100_000, 5)
def method_call(n):
    p = Point(1, 2)
    for _ in range(n):
        p.get()
        p.get()
        p.get()
        p.get()
        p.get()


@case("call with keywords", 2.5, 100_000, 5)
def keyword_call(n):
    f = nothing
    for _ in range(n):
        f(a=1, b=2)
        f(a=1, b=2)
        f(a=1, b=2)
        f(a=1, b=2)
        f(a=1, b=2)


@case("P(x, y)", 2.5, 100_000, 3)
def instance(n):
    for _ in range(n):
        Point(1, 2)
        Point(1, 2)
        Point(1, 2)


@case("attribute load", 2.4, 200_000, 10)
def attribute(n):
    p = Point(1, 2)
    for _ in range(n):
        p.x; p.x; p.x; p.x; p.x
        p.x; p.x; p.x; p.x; p.x


TABLE = {"one": 1, "two": 2}


@case("global load", 2.6, 200_000, 10)
def global_load(n):
    for _ in range(n):
        a = TABLE; a = TABLE; a = TABLE; a = TABLE; a = TABLE
        a = TABLE; a = TABLE; a = TABLE; a = TABLE; a = TABLE
    return a


@case("for over range, per item", 2.5, 3_000_000)
def range_loop(n):
    for _ in range(n):
        pass


@case("int add", 3.5, 200_000, 10)
def int_add(n):
    x = 0
    for _ in range(n):
        x = x + 1; x = x + 2; x = x + 3; x = x + 4; x = x + 5
        x = x + 1; x = x + 2; x = x + 3; x = x + 4; x = x + 5
    return x


@case("float mix", 1.75, 200_000, 10)
def float_mix(n):
    x, y = 1.0, 0.5
    for _ in range(n):
        x = x * y; x = x + y; x = x - 0.25; x = x * 1.5; x = x / 1.25
        x = x * y; x = x + y; x = x - 0.25; x = x * 1.5; x = x / 1.25
    return x


@case("dict get by a str key", 1.6, 200_000, 10)
def dict_get(n):
    d = TABLE
    for _ in range(n):
        d["one"]; d["two"]; d["one"]; d["two"]; d["one"]
        d["one"]; d["two"]; d["one"]; d["two"]; d["one"]


def numbers(n):
    i = 0
    while i < n:
        yield i
        i += 1


@case("generator next", 2.3, 1_000_000)
def generator_next(n):
    for _ in numbers(n):
        pass


@case("raise and catch", 1.8, 200_000)
def raise_catch(n):
    for _ in range(n):
        try:
            raise ValueError
        except ValueError:
            pass


@case("len()", 2.3, 200_000, 10)
def length(n):
    a = [1, 2, 3]
    for _ in range(n):
        len(a); len(a); len(a); len(a); len(a)
        len(a); len(a); len(a); len(a); len(a)


@case("list comprehension, per item", 2.0, 200, 5_000)
def comprehension(n):
    for _ in range(n):
        [x for x in range(5_000)]


@case("s += x, per item", 1.0, 2_000_000)
def string_append(n):
    s = ""
    for _ in range(n):
        s += "x"
    return s


FLOATS = [i * 0.5 for i in range(1_000)]


@case("sum of a list, per item", 1.0, 2_000, 1_000)
def sum_of_list(n):
    for _ in range(n):
        sum(FLOATS)


@case("list of a generator, per item", 1.0, 1_000, 1_000)
def list_of_generator(n):
    for _ in range(n):
        list(numbers(1_000))


ROWS, SAME_ROWS = ([[i, [i, str(i)]] for i in range(1_000)] for _ in range(2))


@case("rows ==, per row", 1.0, 1_000, 1_000)
def nested_equal(n):
    for _ in range(n):
        ROWS == SAME_ROWS


@case("sort of rows, per row", 1.0, 500, 1_000)
def sort_rows(n):
    for _ in range(n):
        sorted(ROWS)


@case("repr of a str with a newline", 1.0, 100_000, 5)
def repr_escaped(n):
    s = "two\nlines"
    for _ in range(n):
        repr(s); repr(s); repr(s); repr(s); repr(s)


@case("encode() of 200 CJK characters", 1.0, 20_000, 5)
def encode_wide(n):
    s = "\u6f22" * 200
    for _ in range(n):
        s.encode(); s.encode(); s.encode(); s.encode(); s.encode()


def main():
    function, _, _, rounds, operations = cases[sys.argv[1]]
    function(rounds // 10)
    begin = time.perf_counter()
    function(rounds)
    print((time.perf_counter() - begin) / (rounds * operations) * 1e9)


if __name__ == "__main__":
    main()
