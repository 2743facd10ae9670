"""Isolated interpreters in one process (the shape of concurrent.interpreters, PEP 734).

Each interpreter has modules, builtins, sys and __main__ of its own; they run in parallel when
different threads run them.  None, bool, int, float, str, bytes, tuples of these and queues go from
one to another as they are, without a copy: they cannot change.  A memoryview goes as it is, too:
both see the same memory.  Everything else is pickled.
"""

import _interpreters
import pickle
import threading
import types
from _interpreters import InterpreterError, InterpreterNotFoundError, QueueError, QueueNotFoundError
from queue import Empty as _Empty, Full as _Full

__all__ = [
    'create', 'list_all', 'get_current', 'get_main', 'Interpreter', 'is_shareable',
    'InterpreterError', 'InterpreterNotFoundError', 'ExecutionFailed', 'NotShareableError',
    'create_queue', 'Queue', 'QueueError', 'QueueNotFoundError', 'QueueEmpty', 'QueueFull',
]


class NotShareableError(TypeError):
    """The object can be sent to another interpreter neither as it is nor by pickle."""


class ExecutionFailed(InterpreterError):
    """What ran in another interpreter raised: excinfo tells what, its own traceback included."""

    def __init__(self, excinfo):
        super().__init__(excinfo.formatted or excinfo.msg)
        self.excinfo = excinfo

    def __str__(self):
        if not self.excinfo.errdisplay:
            return super().__str__()
        return f'{super().__str__()}\n\nUncaught in the interpreter:\n\n{self.excinfo.errdisplay}'


def _excinfo(failure):
    name, qualname, module, msg, display = failure
    full = qualname if module == 'builtins' else f'{module}.{qualname}'
    return types.SimpleNamespace(
        type=types.SimpleNamespace(__name__=name, __qualname__=qualname, __module__=module),
        msg=msg, formatted=f'{full}: {msg}' if msg else full, errdisplay=display.rstrip('\n'))


# ---- objects on their way ----

_PLAIN = frozenset([type(None), bool, int, float, str, bytes, memoryview])


def _is_plain(obj):
    kind = type(obj)
    return kind in _PLAIN or (kind is tuple and all(map(_is_plain, obj)))


def is_shareable(obj):
    """Return whether the object goes to another interpreter as it is."""
    return _is_plain(obj) or isinstance(obj, Queue) or (
        type(obj) is tuple and all(map(is_shareable, obj)))


# What travels: (_AS_IS, object), (_TUPLE, parcels), (_QUEUE, id), (_PICKLE, bytes) and
# (_FUNCTION, code, name, defaults, keyword defaults).
_AS_IS, _TUPLE, _QUEUE, _PICKLE, _FUNCTION = range(5)


def _pack(obj):
    if _is_plain(obj):
        return _AS_IS, obj
    if isinstance(obj, Queue):
        return _QUEUE, obj._core
    if type(obj) is tuple and is_shareable(obj):
        return _TUPLE, tuple(map(_pack, obj))
    try:
        return _PICKLE, pickle.dumps(obj, pickle.HIGHEST_PROTOCOL)
    except Exception as e:
        raise NotShareableError(f'object could not be sent to another interpreter: {obj!r}') from e


def _unpack(parcel):
    kind, load = parcel[:2]
    if kind == _AS_IS:
        return load
    if kind == _TUPLE:
        return tuple(map(_unpack, load))
    if kind == _QUEUE:
        return Queue._of(load)
    if kind == _PICKLE:
        return pickle.loads(load)
    name, defaults, kwdefaults = map(_unpack, parcel[2:])
    import __main__
    function = types.FunctionType(_interpreters.own_code(load), vars(__main__), name, defaults)
    function.__kwdefaults__ = kwdefaults
    return function


def _pack_callable(obj):
    """A function of __main__ goes as its code: the other interpreter has another __main__."""
    if not callable(obj):
        raise TypeError(f'expected a callable, got {obj!r}')
    if type(obj) is not types.FunctionType or (
            obj.__module__ != '__main__' and '<' not in obj.__qualname__):
        return _pack(obj)
    if obj.__closure__:
        raise NotShareableError(f'a function with a closure cannot be sent: {obj!r}')
    return (_FUNCTION, obj.__code__, _pack(obj.__name__), _pack(obj.__defaults__),
            _pack(obj.__kwdefaults__))


def _run(function, args, kwargs):
    """Runs in the interpreter that is called."""
    return _pack(_unpack(function)(*_unpack(args), **_unpack(kwargs)))


def _namespace(parcels):
    return {name: _unpack(parcel) for name, parcel in parcels.items()}


def _pack_arguments(args):
    return _TUPLE, tuple(map(_pack, args))


# ---- interpreters ----

_known = {}
_known_lock = threading.Lock()


def create():
    """Return a new interpreter."""
    return Interpreter(_interpreters.create())


def list_all():
    """Return all interpreters, oldest first."""
    return [Interpreter(id) for id in _interpreters.list_all()]


def get_current():
    """Return the interpreter that calls."""
    return Interpreter(_interpreters.get_current())


def get_main():
    """Return the interpreter that the process began with."""
    return Interpreter(_interpreters.get_main())


class Interpreter:
    """An interpreter, by its number.  There is one object for each."""

    __slots__ = '_id', '__weakref__'

    def __new__(cls, id, /):
        if not isinstance(id, int):
            raise TypeError(f'id must be an int, got {id!r}')
        _interpreters.is_running(id)  # raises when there is none
        with _known_lock:
            self = _known.get(id)
            if self is None:
                self = super().__new__(cls)
                self._id = id
                _known[id] = self
        return self

    def __repr__(self):
        return f'{type(self).__name__}({self._id})'

    def __reduce__(self):
        return type(self), (self._id,)

    @property
    def id(self):
        return self._id

    @property
    def whence(self):
        """Where it comes from; all are made by this module but the main one."""
        return 'runtime init' if self._id == _interpreters.get_main() else '_interpreters module'

    def is_running(self):
        """Return whether its __main__ is being executed."""
        return _interpreters.is_running(self._id)

    def close(self):
        """End it: its atexit functions are called, its modules forgotten.

        Raises InterpreterError while it runs, from within itself, and for the main interpreter.
        """
        _interpreters.close(self._id)
        with _known_lock:
            _known.pop(self._id, None)

    def prepare_main(self, ns=None, /, **kwargs):
        """Bind variables of its __main__."""
        ns = dict(ns, **kwargs) if ns is not None else kwargs
        parcels = {name: _pack(value) for name, value in ns.items()}
        self._check(_interpreters.exec(self._id, '', parcels, (__name__, '_namespace')))

    def exec(self, code, /):
        """Run source text, a code object or a function without parameters in its __main__.

        Raises ExecutionFailed when it raises.
        """
        if isinstance(code, types.FunctionType):
            if code.__closure__ or code.__code__.co_argcount or code.__code__.co_kwonlyargcount:
                raise TypeError('exec() takes functions without parameters and closure')
            self.call(code)
            return
        if isinstance(code, str):
            import textwrap
            code = textwrap.dedent(code)
        self._check(_interpreters.exec(self._id, code))

    def call(self, callable, /, *args, **kwargs):
        """Call the function there; return what it returns, raise ExecutionFailed when it raises."""
        parcel = _pack_callable(callable)
        return _unpack(self._check(_interpreters.call(
            self._id, __name__, '_run', (parcel, _pack_arguments(args), _pack(kwargs)))))

    def call_in_thread(self, callable, /, *args, **kwargs):
        """Call the function there in a new thread; return the threading.Thread, started."""
        parcel = _pack_callable(callable), _pack_arguments(args), _pack(kwargs)
        thread = threading.Thread(target=lambda: self._check(_interpreters.call(
            self._id, __name__, '_run', parcel)))
        thread.start()
        return thread

    @staticmethod
    def _check(outcome):
        result, failure = outcome
        if failure is not None:
            raise ExecutionFailed(_excinfo(failure))
        return result


# ---- queues ----

class QueueEmpty(QueueError, _Empty):
    """get() found nothing."""


class QueueFull(QueueError, _Full):
    """put() found no room."""


def create_queue(maxsize=0):
    """Return a new queue, which all interpreters may use; maxsize 0: without limit."""
    return Queue._of(_interpreters.queue_create(maxsize))


def list_all_queues():
    """Return the queues that some interpreter still refers to."""
    return [Queue._of(core) for core in _interpreters.queue_list()]


class Queue:
    """A queue between interpreters, by its number."""

    __slots__ = '_core', '_items', '_room', '_id', '_maxsize', '__weakref__'

    def __new__(cls, id, /):
        if not isinstance(id, int):
            raise TypeError(f'id must be an int, got {id!r}')
        return cls._of(_interpreters.queue_find(id))

    @classmethod
    def _of(cls, core):
        self = object.__new__(cls)
        self._core = core
        # _room: a token for each item that may be put; None: without limit
        self._id, self._maxsize, self._items, self._room = core.parts()
        return self

    def __repr__(self):
        return f'{type(self).__name__}({self._id})'

    def __hash__(self):
        return hash(self._id)

    def __eq__(self, other):
        if not isinstance(other, Queue):
            return NotImplemented
        return self._id == other._id

    def __reduce__(self):
        return type(self), (self._id,)

    @property
    def id(self):
        return self._id

    @property
    def maxsize(self):
        return self._maxsize

    def qsize(self):
        """Return the number of items."""
        return self._items.qsize()

    def empty(self):
        """Return whether there is no item."""
        return self._items.empty()

    def full(self):
        """Return whether there is no room."""
        return self._room is not None and self._room.empty()

    def put(self, obj, block=True, timeout=None):
        """Add an object, waiting for room when block is true; QueueFull when there is none."""
        parcel = _pack(obj)
        if self._room is not None:
            try:
                self._room.get(block, timeout)
            except _Empty:
                raise QueueFull from None
        self._items.put(parcel)

    def put_nowait(self, obj):
        """Add an object, without waiting."""
        self.put(obj, False)

    def get(self, block=True, timeout=None):
        """Remove the oldest object and return it, waiting for one when block is true."""
        try:
            parcel = self._items.get(block, timeout)
        except _Empty:
            raise QueueEmpty from None
        if self._room is not None:
            self._room.put(None)
        return _unpack(parcel)

    def get_nowait(self):
        """Remove the oldest object and return it, without waiting."""
        return self.get(False)
