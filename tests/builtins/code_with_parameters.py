"""exec() and __build_class__ of code that takes parameters: it is called without arguments."""


def raises(message, function, *args):
    try:
        function(*args)
    except TypeError as e:
        assert str(e) == message, e
    else:
        raise AssertionError(message)


two = lambda x, y: x * y
raises("<lambda>() missing 2 required positional arguments: 'x' and 'y'", __build_class__, two, "A")
raises("<lambda>() missing 2 required positional arguments: 'x' and 'y'", exec, two.__code__)
raises("<lambda>() missing 1 required keyword-only argument: 'k'", eval, (lambda *, k: k).__code__)
assert eval((lambda *args, **kw: (args, kw)).__code__) == ((), {})
seen = []
assert (isinstance(__build_class__(lambda x=3, *rest: seen.append((x, rest)), "A"), type)
        and seen == [(3, ())])
