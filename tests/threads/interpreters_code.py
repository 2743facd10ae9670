"""Isolated interpreters share what a function of a library consists of, though it was first read in
one of them."""
import gc
import os
import sys
import tempfile

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)


def parts_of_functions():
    import ntpath  # frozen: a file may be read anew, having been written just now
    assert ntpath.join("a", "b") == "a\\b"
    code = ntpath.join.__code__
    return id(code.co_varnames), id(code.co_names), id(code.co_linetable), code.co_varnames


first, second, third = (interpreters.create() for _ in range(3))
found = first.call(parts_of_functions)
assert second.call(parts_of_functions) == found
first.close()
assert third.call(parts_of_functions) == found  # the first one's end takes nothing away
assert second.call(parts_of_functions) == found


# A function's code is its interpreter's own, though made only when it is called or looked at.

MODULE = '''
class Kept: pass
kept = Kept()
def uses_globals(): return kept
def maker(n):
    def inner(): return n, kept
    return inner
class Body:
    def method(self): return kept
    @staticmethod
    def other(a, *, b=1): return a, b
    squares = [n * n for n in range(4)]
same = []
for _ in range(2):
    def again(x=_): return x, kept
    same.append(again)
def numbers():
    yield kept
'''


def use_module(folder):
    import marshal
    import sys
    import types
    sys.path.insert(0, folder)
    import shared_code_module as m
    assert m.uses_globals() is m.uses_globals() is m.kept
    assert m.uses_globals.__code__ is m.uses_globals.__code__
    code = m.Body.method.__code__
    assert m.Body().method() is m.kept and m.Body.method.__code__ is code
    assert m.Body.other(1, b=2) == (1, 2) and m.Body.squares == [0, 1, 4, 9]
    one, two = m.maker(1), m.maker(2)
    assert one.__code__ is two.__code__ and one() == (1, m.kept) and two() == (2, m.kept)
    assert [f() for f in m.same] == [(0, m.kept), (1, m.kept)]
    assert m.same[0].__code__ == m.same[1].__code__
    assert list(m.numbers()) == [m.kept]
    code_again = m.__loader__.get_code(m.__name__)
    for source in (code_again, marshal.loads(marshal.dumps(code_again))):
        inside = {c.co_name: c for c in source.co_consts if isinstance(c, types.CodeType)}
        assert types.FunctionType(inside['uses_globals'], vars(m))() is m.kept
        copy = inside['uses_globals'].replace(co_name='renamed')
        assert types.FunctionType(copy, vars(m))() is m.kept
        ns = {'__name__': 'copy'}
        exec(source, ns)
        assert ns['uses_globals']() is ns['kept'] is not m.kept
        assert ns['Body']().method() is ns['kept']
    return str(code)


def kept_objects():
    gc.collect()
    return sum(type(o).__name__ == 'Kept' for o in gc.get_objects())


with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, 'shared_code_module.py'), 'w') as f:
        f.write(MODULE)
    before = kept_objects()
    use_module(folder)
    own = kept_objects() - before
    several = [interpreters.create() for _ in range(3)]
    for thread in [i.call_in_thread(use_module, folder) for i in several]:
        thread.join()
    for i in several:
        assert i.call(use_module, folder).startswith('<code object method')
        i.close()
    del i, several, thread
    interpreters.create().close()  # what the stack and the like still say of the last one
    assert kept_objects() - before == own  # no cache of code keeps what closed interpreters had
