"""Chains of comparisons: each operand is evaluated once, from left to right and only while it is
needed, whatever registers a chain of any length takes; and a long one takes few."""

SEEN = []


def at(number):
    SEEN.append(number)
    return number


def value(a):
    return at(1) < a.x < at(3) < a.y < at(5) < (a := Point(6, 7)).x < at(7) in at_tuple(7)


def condition(a):
    if at(1) < a.x < at(3) < a.y < at(5) < (a := Point(6, 7)).x < at(7) in at_tuple(7):
        return "all", a.y
    return "not all", a.y


def at_tuple(number):
    return (at(number),)


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


assert value(Point(2, 4)) is True and SEEN == [1, 3, 5, 7, 7]
SEEN.clear()
assert value(Point(2, 2)) is False and SEEN == [1, 3]
SEEN.clear()
assert condition(Point(2, 4)) == ("all", 7) and SEEN == [1, 3, 5, 7, 7]
SEEN.clear()
assert condition(Point(0, 4)) == ("not all", 4) and SEEN == [1]
x = 1
assert eval("x <= " * 300 + "x") is True and eval("x <= " * 300 + "x < x") is False
assert compile("x < " * 300 + "x", "chain", "eval").co_stacksize < 10
