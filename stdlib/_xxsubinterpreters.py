"""What the reference's _xxsubinterpreters has: interpreters by number, and channels between them.

The state of all channels is one set of dicts that every interpreter gets from _interpreters; it is
changed with the lock held.  A channel lives while a ChannelID holds its token.  It is a dict:
'token', a weak reference to that; 'items', a list of what was sent; 'send' and 'recv', for each end
a dict from the numbers of interpreters that have used it to whether they still do; 'open', whether
anything may be sent; 'closing', whether it is closed once it is empty.
"""

import _interpreters
import gc
import sys
from _weakref import ref as _ref

# ---- errors ----


class RunFailedError(RuntimeError):
    """What ran in another interpreter raised."""


class ChannelError(RuntimeError):
    """An operation on a channel failed."""


class ChannelNotFoundError(ChannelError):
    """There is no such channel."""


class ChannelClosedError(ChannelError):
    """The channel is closed."""


class ChannelEmptyError(ChannelError):
    """There is nothing in the channel."""


class ChannelNotEmptyError(ChannelError):
    """There is still something in the channel."""


for _kind in (RunFailedError, ChannelError, ChannelNotFoundError, ChannelClosedError,
              ChannelEmptyError, ChannelNotEmptyError):
    _kind.__module__ = __name__


# ---- numbers ----

def _number(value, what):
    if isinstance(value, _Number):
        return value._id
    try:
        number = type(value).__index__(value)
    except AttributeError:
        raise TypeError(f'{what} ID must be an int, got {type(value).__name__}') from None
    if number < 0:
        raise ValueError(f'{what} ID must be a non-negative int, got {number!r}')
    if number > sys.maxsize:
        raise OverflowError(f'{what} ID is too large')
    return number


class _Number:
    """A number that is a handle: equal to ints and floats of its value."""

    __slots__ = '_id',

    def __int__(self):
        return self._id

    __index__ = __int__

    def __hash__(self):
        return hash(self._id)

    def __str__(self):
        return str(self._id)

    def __eq__(self, other):
        if isinstance(other, _Number):
            return type(self) is type(other) and self._key() == other._key()
        if isinstance(other, (int, float)):
            return self._id == other
        return NotImplemented

    def _key(self):
        return self._id


class InterpreterID(_Number):
    """The number of an interpreter."""

    __slots__ = ()

    def __new__(cls, id, force=False):
        self = super().__new__(cls)
        self._id = _number(id, 'interpreter')
        if not force and self._id not in _interpreters.list_all():
            raise RuntimeError(f'unrecognized interpreter ID {self._id}')
        return self

    def __repr__(self):
        return f'{type(self).__name__}({self._id})'


class ChannelID(_Number):
    """The number of a channel, perhaps of one end of it."""

    __slots__ = '_end', '_token'

    def __new__(cls, id, *, send=None, recv=None, force=False, _resolve=False):
        self = super().__new__(cls)
        self._end = id._end if isinstance(id, ChannelID) else 'both'
        self._id = _number(id, 'channel')
        if send is not None or recv is not None:
            if not send and not recv:
                raise ValueError("'send' and 'recv' cannot both be False")
            self._end = 'both' if send and recv else 'send' if send else 'recv'
        channel = _channels.get(self._id)
        self._token = channel and channel['token']()
        if not force and self._id not in _channels:
            raise ChannelNotFoundError(f'channel {self._id} not found')
        return self

    def __repr__(self):
        end = '' if self._end == 'both' else f', {self._end}=True'
        return f'{type(self).__name__}({self._id}{end})'

    def _key(self):
        return self._id, self._end

    @property
    def end(self):
        """'send', 'recv' or 'both'."""
        return self._end

    @property
    def send(self):
        """The sending end."""
        return type(self)(self._id, send=True, force=True)

    @property
    def recv(self):
        """The receiving end."""
        return type(self)(self._id, recv=True, force=True)


_channel_id = ChannelID


# ---- objects on their way ----

_SHAREABLE = type(None), bytes, str, int


def is_shareable(obj):
    """Return whether the object may be sent to another interpreter."""
    return type(obj) in _SHAREABLE or type(obj) is ChannelID


def _pack(obj):
    kind = type(obj)
    if kind is ChannelID:
        return 'channel', (obj._id, obj._end, obj._token)
    if kind not in _SHAREABLE:
        raise ValueError(f'{obj!r} does not support cross-interpreter data')
    if kind is int and not -sys.maxsize - 1 <= obj <= sys.maxsize:
        raise OverflowError('try sending as bytes')
    return None, obj


def _unpack(parcel):
    kind, load = parcel
    if kind is not None:
        id, end, _ = load
        return ChannelID(id, send=end != 'recv', recv=end != 'send', force=True)
    # the reference makes a new object: nobody may see by identity that this one came from elsewhere
    return bytes(bytearray(load)) if type(load) is bytes else load


def _namespace(parcels):
    return {name: _unpack(parcel) for name, parcel in parcels.items()}


# ---- interpreters ----

def _known(id):
    number = _number(id, 'interpreter')
    if number not in _interpreters.list_all():
        raise RuntimeError(f'unrecognized interpreter ID {number}')
    return number


def create(*, isolated=True):
    """Make an interpreter; return its number."""
    return InterpreterID(_interpreters.create(), force=True)


def destroy(id):
    """End an interpreter that runs nothing."""
    number = _known(id)
    try:
        _interpreters.close(number)
    except _interpreters.InterpreterError as e:
        raise RuntimeError(str(e)) from None


def list_all():
    """Return the numbers of all interpreters."""
    return [InterpreterID(id, force=True) for id in _interpreters.list_all()]


def get_current():
    """Return the number of the interpreter that calls."""
    return InterpreterID(_interpreters.get_current(), force=True)


def get_main():
    """Return the number of the interpreter that the process began with."""
    return InterpreterID(_interpreters.get_main(), force=True)


def is_running(id):
    """Return whether the interpreter's __main__ is being executed."""
    return _interpreters.is_running(_known(id))


def run_string(id, script, shared=None):
    """Run source text in the interpreter's __main__, with the shared variables bound there."""
    number = _known(id)
    if not isinstance(script, str):
        raise TypeError(f'run_string() argument 2 must be str, not {type(script).__name__}')
    if '\0' in script:
        raise ValueError('source code string cannot contain null bytes')
    parcels = None
    if shared:
        parcels = {name: _pack(value) for name, value in shared.items()}
    try:
        _, failure = _interpreters.exec(number, script, parcels,
                                        (__name__, '_namespace') if parcels else None)
    except _interpreters.InterpreterError as e:
        raise RuntimeError(str(e)) from None
    if failure is not None:
        name, qualname, module, text, _ = failure
        full = qualname if module == 'builtins' else f'{module}.{qualname}'
        raise RunFailedError(f"<class '{full}'>: {text}")


# ---- channels ----

_lock, _channels = _interpreters.channels()  # _channels: number -> channel; None: closed


def _channel_arg(cid):
    if isinstance(cid, ChannelID):
        return cid._id, cid._end
    return _number(cid, 'channel'), 'both'


def _find(number):
    """The lock is held, as in the functions below that take a channel."""
    try:
        channel = _channels[number]
    except KeyError:
        raise ChannelNotFoundError(f'channel {number} not found') from None
    if channel is None:
        raise ChannelClosedError(f'channel {number} is closed')
    return channel


def _associate(channel, end, number):
    """Notes that the calling interpreter uses the end; it may not have given it up."""
    me = _interpreters.get_current()
    if channel[end].setdefault(me, True) is False:
        raise ChannelClosedError(f'channel {number} is already closed')


def _close_when_done(number, channel):
    if channel['closing'] and not channel['items']:
        _channels[number] = None


def channel_create():
    """Make a channel; return its number."""
    token = _interpreters.queue_create(0)
    with _lock:
        number = _channels['next']
        _channels['next'] = number + 1
        _channels[number] = {'items': [], 'send': {}, 'recv': {}, 'open': True, 'closing': False,
                             'token': _ref(token)}
    return ChannelID(number, force=True)


def channel_destroy(cid):
    """Forget a channel."""
    number, _ = _channel_arg(cid)
    with _lock:
        if number not in _channels:
            raise ChannelNotFoundError(f'channel {number} not found')
        del _channels[number]


def channel_list_all():
    """Return the numbers of all channels."""
    gc.collect()  # what nobody refers to is gone
    with _lock:
        for number, channel in list(_channels.items()):
            if number != 'next' and channel is not None and channel['token']() is None:
                del _channels[number]
        numbers = [number for number in _channels if number != 'next']
    return [ChannelID(number, force=True) for number in numbers]


def channel_list_interpreters(cid, *, send):
    """Return the numbers of the interpreters that use an end of the channel."""
    number, _ = _channel_arg(cid)
    with _lock:
        channel = _find(number)
        if send and not channel['open']:
            raise ChannelClosedError(f'channel {number} is closed')
        users = channel['send' if send else 'recv']
        users = [id for id in _interpreters.list_all() if users.get(id)]
    return [InterpreterID(id, force=True) for id in users]


def channel_send(cid, obj):
    """Add an object to the channel's items."""
    number, _ = _channel_arg(cid)
    parcel = _pack(obj)
    with _lock:
        channel = _find(number)
        if not channel['open']:
            raise ChannelClosedError(f'channel {number} is closed')
        _associate(channel, 'send', number)
        channel['items'].append(parcel)


_RAISE = object()


def channel_recv(cid, default=_RAISE):
    """Remove the oldest item and return it; without one, the default or ChannelEmptyError."""
    number, _ = _channel_arg(cid)
    with _lock:
        channel = _find(number)
        _associate(channel, 'recv', number)
        if channel['items']:
            parcel = channel['items'].pop(0)
            _close_when_done(number, channel)
            return _unpack(parcel)
    if default is _RAISE:
        raise ChannelEmptyError(f'channel {number} is empty')
    return default


def channel_close(cid, *, send=None, recv=None, force=False):
    """Close ends of the channel for all interpreters; by default both."""
    number, end = _channel_arg(cid)
    send, recv = _ends(send, recv, end)
    with _lock:
        channel = _find(number)
        if force or not channel['items']:
            _channels[number] = None
        elif recv or channel['closing']:
            raise (ChannelClosedError if channel['closing'] and not recv else ChannelNotEmptyError)(
                f'channel {number} may not be closed if not empty (try force=True)')
        else:
            channel['open'], channel['closing'] = False, True


def channel_release(cid, *, send=None, recv=None, force=True):
    """Give up ends of the channel for the calling interpreter; by default both."""
    number, end = _channel_arg(cid)
    send, recv = _ends(send, recv, end)
    me = _interpreters.get_current()
    with _lock:
        channel = _find(number)
        for name, wanted in ('send', send), ('recv', recv):
            if wanted:
                channel[name][me] = False
        if not any(channel['send'].values()) and not any(channel['recv'].values()):
            _channels[number] = None


def _ends(send, recv, end):
    if not send and not recv:
        return end != 'recv', end != 'send'
    return bool(send), bool(recv)
