"""Functions of frozen modules: their code objects look whole before the first call, and after
it."""
import abc
import codecs
import marshal
import os
import subprocess
import sys
import threading
import types
from importlib import _bootstrap, _bootstrap_external


def functions(namespace):
    for value in list(vars(namespace).values()):
        if isinstance(value, types.FunctionType):
            yield value
        elif isinstance(value, type) and value.__module__ == namespace.__name__:
            yield from functions(value)


def codes(code):
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes(const)


count = 0
for module in _bootstrap, _bootstrap_external, os, codecs, abc:
    for function in functions(module):
        for code in codes(function.__code__):
            count += 1
            parameters = code.co_argcount + code.co_kwonlyargcount
            assert parameters <= code.co_nlocals == len(code.co_varnames), code
            assert all(isinstance(name, str) for name in code.co_varnames + code.co_names
                       + code.co_freevars)
            assert code.co_code and list(code.co_lines()) and code.co_name in code.co_qualname
            assert hash(code) == hash(code.replace()) and code == code.replace()
            assert marshal.loads(marshal.dumps(code)) == code
        doc = function.__code__.co_consts[:1]
        assert function.__doc__ is None or doc == (function.__doc__,), function
assert count > 200

# the first call may come with keywords, defaults and *arguments, and from several threads at once
FIRST_CALLS = """
from importlib import _bootstrap as b, _bootstrap_external as e
import os, codecs
assert b.spec_from_loader(**{'name': 'a', 'loader': None, 'origin': 'here'}).origin == 'here'
assert e._path_join(*('a', 'b')) == 'a/b'
assert os.path.commonprefix(**{'m': ['ab', 'ac']}) == 'a'
assert os.path.splitdrive(p='x') == ('', 'x')
assert codecs.getincrementaldecoder(*['utf-8'], **{}) is not None
try:
    os.path.isabs(*[], **{'t': 1})
except TypeError as error:
    assert 'unexpected keyword argument' in str(error), error
else:
    raise AssertionError
"""
subprocess.run([sys.executable, "-S", "-c", FIRST_CALLS], check=True)
assert os.path.join(*["a", "b"], "c") == "a/b/c"
assert _bootstrap.ModuleSpec("a", None, origin="here", is_package=True).parent == "a"
results = []
barrier = threading.Barrier(4)


def call():
    barrier.wait()
    results.append(os.fspath("x") + os.path.expandvars("$y")
                   + os.path.relpath(path="/a/b", start="/a"))


threads = [threading.Thread(target=call) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert results == ["x$yb"] * 4
