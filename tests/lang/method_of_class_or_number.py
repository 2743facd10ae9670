"""One place calls a method of a class many times, then meets a number, None and a bool: what it
remembers of the class says nothing of them."""


class Class:
    @classmethod
    def of_class(cls):
        return cls

    @staticmethod
    def plain():
        return Class


def call(o):
    return o.of_class()


def call_plain(o):
    return o.plain()


for f in call, call_plain:
    assert all(f(Class) is Class for _ in range(50))
    for other in 1, None, True, 1.5:
        try:
            f(other)
        except AttributeError:
            pass
        else:
            raise AssertionError(other)
