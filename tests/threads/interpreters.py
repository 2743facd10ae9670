"""Isolated interpreters: what each has of its own, calls and their results, errors, the end."""

import gc
import os
import subprocess
import sys
import threading

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)


def raises(kind, fn, *args, text=''):
    try:
        fn(*args)
    except kind as e:
        assert text in str(e), e
        return e
    raise AssertionError(f'{kind} not raised')


def add(a, b=1, *, c=0):
    return a + b + c


def fails():
    raise KeyError('from inside')


def module_counter():
    import json
    json.counter = getattr(json, 'counter', 0) + 1
    return json.counter


def life():
    main = interpreters.get_main()
    assert interpreters.get_current() is main and interpreters.list_all() == [main]
    assert main.is_running()
    one, two = interpreters.create(), interpreters.create()
    assert interpreters.list_all() == [main, one, two]
    assert not one.is_running() and one.id != two.id
    one.close()
    assert interpreters.list_all() == [main, two]
    raises(interpreters.InterpreterNotFoundError, one.exec, 'pass')
    raises(interpreters.InterpreterError, main.close, text='main')
    raises(interpreters.InterpreterError, main.exec, 'pass', text='already running')
    two.exec('''
        from typhon import interpreters
        me = interpreters.get_current()
        assert me.is_running() and me != interpreters.get_main()
        try:
            me.close()
        except interpreters.InterpreterError:
            pass
        else:
            raise AssertionError
        other = interpreters.create()
        other.exec('x = 1')
        other.close()
    ''')
    two.close()


def isolation():
    import builtins
    import warnings
    i = interpreters.create()
    builtins.added = sys.added = 1
    try:
        i.exec('''
            import builtins, sys, warnings, codecs, atexit
            assert not hasattr(builtins, 'added') and not hasattr(sys, 'added')
            builtins.len = None
            sys.path.append('/nowhere')
            sys.setrecursionlimit(777)
            warnings.simplefilter('error')
            codecs.register_error('own', lambda e: ('?', e.end))
            class Base: pass
            class Derived(Base): pass
            assert [c.__name__ for c in Base.__subclasses__()] == ['Derived']
            assert __name__ == '__main__' and sys.modules['__main__'].Base is Base
        ''')
    finally:
        del builtins.added, sys.added
    assert len([1]) == 1 and '/nowhere' not in sys.path and sys.getrecursionlimit() != 777
    assert warnings.filters[0][0] != 'error'
    import codecs
    raises(LookupError, codecs.lookup_error, 'own')
    assert all(c.__module__ != '__main__' or c.__name__ != 'Base' for c in object.__subclasses__())
    i.exec('assert Base and len is None')          # __main__ stays from one run to the next
    i.close()


def calls():
    i = interpreters.create()
    assert i.call(add, 1) == 2 and i.call(add, 1, 5, c=10) == 16
    assert i.call(add, 'a', 'b', c='c') == 'abc'
    assert i.call(add, [1], [2], c=[3]) == [1, 2, 3]
    assert i.call(lambda x: (x, [x]), {'k': 1}) == ({'k': 1}, [{'k': 1}])
    assert i.call(os.path.join, 'a', 'b') == 'a/b'
    assert [i.call(module_counter) for _ in range(3)] == [1, 2, 3]
    import json
    assert not hasattr(json, 'counter')
    e = raises(interpreters.ExecutionFailed, i.call, fails, text='from inside')
    assert e.excinfo.type.__name__ == 'KeyError' and 'in fails' in e.excinfo.errdisplay
    e = raises(interpreters.ExecutionFailed, i.exec, 'raise ValueError("x")')
    assert e.excinfo.formatted == 'ValueError: x', e.excinfo
    raises(interpreters.ExecutionFailed, i.exec, '1 +', text='SyntaxError')
    raises(interpreters.ExecutionFailed, i.exec, 'raise SystemExit(3)', text='SystemExit')
    value = 1
    raises(interpreters.NotShareableError, i.call, lambda: value)
    raises(interpreters.NotShareableError, i.call, add, threading.Lock())
    raises(TypeError, i.exec, 1)
    i.prepare_main(a=1, b=('x', b'y', 2.5, None), c=[1])
    i.exec('assert (a, b, c) == (1, ("x", b"y", 2.5, None), [1]), (a, b, c)')
    i.close()


def running():
    i = interpreters.create()
    r, w = os.pipe()
    started = threading.Event()

    def wait():
        i.exec(f'import os; os.write({w}, b"."); os.read({r2}, 1)')

    r2, w2 = os.pipe()
    thread = threading.Thread(target=wait)
    thread.start()
    assert os.read(r, 1) == b'.'
    assert i.is_running()
    raises(interpreters.InterpreterError, i.exec, 'pass', text='already running')
    raises(interpreters.InterpreterError, i.close, text='running')
    os.write(w2, b'.')
    thread.join()
    assert not i.is_running()
    i.close()
    for fd in (r, w, r2, w2):
        os.close(fd)


def threads():
    """All run at once, and each in its own interpreter."""
    def work(n):
        import json
        import sys
        json.mine = n
        total = sum(len(json.dumps(list(range(k)))) for k in range(200))
        assert json.mine == n and sys.modules['json'] is json
        return total

    several = [interpreters.create() for _ in range(4)]
    running = [i.call_in_thread(work, n) for n, i in enumerate(several)]
    for thread in running:
        thread.join()
    for i in several:
        i.exec('import json; assert json.mine in range(4)')
        i.close()


def inner_threads():
    """Threads started inside belong there; close() waits for them."""
    i = interpreters.create()
    r, w = os.pipe()
    i.exec(f'''
        import atexit, os, threading, time
        def later():
            time.sleep(0.05)
            os.write({w}, b'thread ')
        atexit.register(os.write, {w}, b'atexit ')
        threading.Thread(target=later).start()
    ''')
    i.close()
    assert os.read(r, 100) == b'thread atexit '
    os.close(r)
    os.close(w)


def finalizers():
    i = interpreters.create()
    r, w = os.pipe()
    i.exec(f'''
        import os
        class C:
            def __del__(self):
                import json                 # of the own interpreter, still there
                os.write({w}, b'gone')
        c = C()
    ''')
    i.close()
    assert os.read(r, 10) == b'gone'
    os.close(r)
    os.close(w)


def refused():
    i = interpreters.create()
    i.exec('''
        import os, signal
        for fn, args in ((os.fork, ()), (os.execv, ('/bin/true', ['true'])),
                         (signal.signal, (signal.SIGINT, signal.SIG_DFL))):
            try:
                fn(*args)
            except (RuntimeError, ValueError):
                pass
            else:
                raise AssertionError(fn)
        import subprocess
        assert subprocess.run(['echo', 'x'], capture_output=True).stdout == b'x\\n'
    ''')
    i.close()


def process_exit():
    """Interpreters that are open at the end are closed; a fork's child may go on using them."""
    program = '''
from typhon import interpreters
import os, signal, sys
i = interpreters.create()
i.exec("import atexit; x = 5; atexit.register(print, 'inner end')")
i.exec("print('inner', flush=True)")
pid = os.fork()
if pid == 0:
    i.exec("assert x == 5; atexit._clear()")
    i.close()
    j = interpreters.create()
    j.exec("import json")
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
caught = []
signal.signal(signal.SIGUSR1, lambda n, f: caught.append(len([sys])))
i.exec("import os, signal, time; os.kill(os.getpid(), signal.SIGUSR1); time.sleep(0.01)")
assert caught == [1], caught
'''
    out = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert (out.stdout, out.stderr, out.returncode) == ('inner\ninner end\n', '', 0), out


def shared_code():
    """What one interpreter has imported the next one neither reads nor compiles."""
    import _imp
    one, two = interpreters.create(), interpreters.create()
    one.exec('import argparse, inspect, dataclasses')
    before = _imp._bytecode_cache_counts()
    two.exec('import argparse, inspect, dataclasses; assert inspect.unwrap(inspect.unwrap)')
    after = _imp._bytecode_cache_counts()
    assert after['hits'] > before['hits']
    assert [after[k] for k in ('reads', 'compiles')] == [before[k] for k in ('reads', 'compiles')]
    one.close()
    two.close()


def memory():
    """Nothing stays behind (but weak references in lists that are tidied up from time to time)."""
    def count():
        gc.collect()
        return len(gc.get_objects())

    for _ in range(3):
        interpreters.create().close()
    before = count()
    for _ in range(20):
        interpreters.create().close()
    assert count() - before < 20 * 40


life()
isolation()
calls()
running()
threads()
inner_threads()
finalizers()
refused()
process_exit()
shared_code()
memory()
assert interpreters.list_all() == [interpreters.get_main()]
