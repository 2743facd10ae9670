"""Events of sys.settrace: which lines are seen, and jumps by f_lineno."""
import sys
import unittest


class Noop:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None


def events_of(function, *args):
    """[(line relative to the function, event)] of one call; frames of other functions are left
    out."""
    events = []

    def tracer(frame, event, arg):
        if frame.f_code is not function.__code__:
            return None
        events.append((frame.f_lineno - frame.f_code.co_firstlineno, event[0]))
        return tracer
    sys.settrace(tracer)
    try:
        function(*args)
    except ZeroDivisionError:
        pass
    finally:
        sys.settrace(None)
    return " ".join(f"{line}{event}" for line, event in events)


class Lines(unittest.TestCase):
    def test_left_through_finally(self):
        """The exception goes on from where the finally body has ended."""
        def choice(x):
            try:
                1 // 0
            finally:
                if x:
                    x.real
                x.imag

        def last_choice(x):
            try:
                1 // 0
            finally:
                if x:
                    x.real

        def handled(x):
            try:
                1 // 0
            finally:
                try:
                    x // 0
                except ZeroDivisionError:
                    pass

        def inside(x):
            with Noop():
                1 // 0

        self.assertEqual(events_of(choice, 1), "0c 1l 2l 2e 4l 5l 6l 6r")
        self.assertEqual(events_of(last_choice, 1), "0c 1l 2l 2e 4l 5l 5r")
        self.assertEqual(events_of(last_choice, 0), "0c 1l 2l 2e 4l 4r")
        self.assertEqual(events_of(handled, 1), "0c 1l 2l 2e 4l 5l 5e 6l 7l 7r")
        self.assertEqual(events_of(inside, 1), "0c 1l 2l 2e 1l 2r")

    def test_match(self):
        def f(x):
            match x:
                case 1:
                    pass
                case 2 if x:
                    x.real
            x.imag
        self.assertEqual(events_of(f, 1), "0c 1l 2l 3l 6l 6r")
        self.assertEqual(events_of(f, 2), "0c 1l 2l 4l 5l 6l 6r")

    def test_branches(self):
        def f(x):
            if x:
                if not x:
                    pass
            else:
                pass
        self.assertEqual(events_of(f, 0), "0c 1l 5l 5r")
        self.assertEqual(events_of(f, 1), "0c 1l 2l 2r")

    def test_loops(self):
        def f():
            for x in range(3):
                with Noop() as y, Noop():
                    if x == 1:
                        continue
                    y = x
                    break
            return 1
        self.assertEqual(events_of(f), "0c 1l 2l 3l 5l 6l 2l 7l 7r")

        def g(x):
            while 1:
                x -= 1
                if x == 0:
                    break
        self.assertEqual(events_of(g, 2), "0c 1l 2l 3l 1l 2l 3l 4l 4r")

    def test_continue(self):
        """Goes by the condition of its loop, also when that is a constant."""
        def forever(n):
            while True:
                n += 1
                if n == 1: continue
                if n == 2:
                    try:
                        continue
                    finally:
                        n += 1
                break

        self.assertEqual(events_of(forever, 0),
                         "0c 1l 2l 3l 1l 2l 3l 4l 5l 6l 8l 1l 2l 3l 4l 9l 9r")
        self.assertEqual(events_of(forever, 1), "0c 1l 2l 3l 4l 5l 6l 8l 1l 2l 3l 4l 9l 9r")

    def test_assignment_to_itself(self):
        def same(x):
            x = x
            y: int = x
            if x:
                y: int = y
            else:
                x = x

        self.assertEqual(events_of(same, 1), "0c 1l 2l 3l 4l 4r")
        self.assertEqual(events_of(same, 0), "0c 1l 2l 3l 6l 6r")

    def test_handlers(self):
        def f(x):
            try:
                a = 1
                if x:
                    raise ValueError
                a = 2
            except ValueError as e:
                a = 3
            else:
                a = 4
            finally:
                a = 5
        self.assertEqual(events_of(f, 0), "0c 1l 2l 3l 5l 9l 11l 11r")
        self.assertEqual(events_of(f, 1), "0c 1l 2l 3l 4l 4e 6l 7l 11l 11r")

    def test_leaving_with_by_exception(self):
        def f():
            with Noop():
                1 / 0
                pass
        self.assertEqual(events_of(f), "0c 1l 2l 2e 1l 2r")

    def test_constants(self):
        def f():
            if 0:
                pass
            x = 1
            while 0:
                pass
        self.assertEqual(events_of(f), "0c 1l 3l 4l 4r")

    def test_generator(self):
        def g():
            yield 1
            yield 2
        self.assertEqual([events_of_generator(g)], ["0c 1l 1r 1c 2l 2r 2c 2r"])


def events_of_generator(g):
    events = []

    def tracer(frame, event, arg):
        if frame.f_code is not g.__code__:
            return None
        events.append(f"{frame.f_lineno - frame.f_code.co_firstlineno}{event[0]}")
        return tracer
    sys.settrace(tracer)
    try:
        list(g())
    finally:
        sys.settrace(None)
    return " ".join(events)


class Jumps(unittest.TestCase):
    def jump(self, function, source, target):
        """Runs function(log), going from line `source` to `target` once."""
        log, done = [], []

        def tracer(frame, event, arg):
            if frame.f_code is not function.__code__:
                return None
            if event == "line" and not done and frame.f_lineno - frame.f_code.co_firstlineno == source:
                done.append(True)
                frame.f_lineno = frame.f_code.co_firstlineno + target
            return tracer
        sys.settrace(tracer)
        try:
            function(log)
        finally:
            sys.settrace(None)
        return log

    def test_plain(self):
        def f(log):
            log.append(1)
            log.append(2)
            log.append(3)
        self.assertEqual(self.jump(f, 1, 3), [3])
        self.assertEqual(self.jump(f, 3, 2), [1, 2, 2, 3])
        with self.assertRaisesRegex(ValueError, "comes after the current code block"):
            self.jump(f, 1, 50)
        with self.assertRaisesRegex(ValueError, "comes before the current code block"):
            self.jump(f, 1, -2)

    def test_loops(self):
        def f(log):
            for i in range(2):
                log.append(i)
                for j in range(2):
                    log.append((i, j))
            log.append("end")
        self.assertEqual(self.jump(f, 4, 5), [0, "end"])
        self.assertEqual(self.jump(f, 4, 2), [0, 0, (0, 0), (0, 1), 1, (1, 0), (1, 1), "end"])
        with self.assertRaisesRegex(ValueError, "can't jump into the body of a for loop"):
            self.jump(f, 1, 2)

    def test_handlers(self):
        def f(log):
            try:
                log.append(1)
                raise KeyError
            except KeyError:
                log.append(4)
                log.append(sys.exc_info()[0])
            log.append(sys.exc_info()[0])
        self.assertEqual(self.jump(f, 6, 7), [1, 4, None])
        self.assertEqual(self.jump(f, 2, 7), [None])
        with self.assertRaisesRegex(ValueError,
                                    "can't jump into an 'except' block as there's no exception"):
            self.jump(f, 2, 5)

    def test_with(self):
        def f(log):
            log.append(1)
            with Noop():
                log.append(3)
            log.append(4)
        self.assertEqual(self.jump(f, 3, 4), [1, 4])
        with self.assertRaisesRegex(ValueError, "stack"):
            self.jump(f, 1, 3)

    def test_not_from_outside(self):
        frame = sys._getframe()
        with self.assertRaises(ValueError):
            frame.f_lineno = frame.f_lineno + 1


if __name__ == "__main__":
    unittest.main()
