"""The line of a frame: after an implicit return it is the line that control came from; each
statement's line is traced."""
import sys
import unittest

YES = True


def if_only(see):
    see()
    if YES:
        pass


def if_not(see):
    see()
    if not YES:
        pass


def if_else(see):
    see()
    if YES:
        YES
    else:
        see


def loop(see):
    see()
    while YES:
        break


def empty_for(see):
    see()
    for i in ():
        pass


def handler(see):
    see()
    try:
        1 / 0
    except ZeroDivisionError:
        pass


def matched(see):
    see()
    match YES:
        case False:
            pass
        case True:
            YES


def no_code():
    a: int


def names(see):
    see
    (see)
    1
    see()


class FrameLineTest(unittest.TestCase):
    def last_line(self, f):
        frames = []
        f(lambda: frames.append(sys._getframe(1)))
        return frames[0].f_lineno - f.__code__.co_firstlineno

    def test_after_return(self):
        expected = {if_only: 3, if_not: 2, if_else: 3, loop: 3, empty_for: 2, handler: 5,
                    matched: 6, names: 4}
        self.assertEqual({f.__name__: self.last_line(f) for f in expected},
                         {f.__name__: line for f, line in expected.items()})

    def test_nothing_left(self):
        self.assertEqual({line for _, _, line in no_code.__code__.co_lines()},
                         {no_code.__code__.co_firstlineno})

    def test_traced(self):
        lines = []

        def trace(frame, event, arg):
            if frame.f_code is names.__code__:
                lines.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
                return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            names(lambda: None)
        finally:
            sys.settrace(before)
        self.assertEqual(lines, [("call", 0), ("line", 1), ("line", 2), ("line", 3), ("line", 4),
                                 ("return", 4)])


if __name__ == "__main__":
    unittest.main()
