# cython: language_level=3, binding=True
# What Cython makes C of in test_cython.py.
cdef class Counter:
    cdef long n
    cdef public object tag
    def __init__(self, long n=0, tag=None):
        self.n = n
        self.tag = tag
    def add(self, long k):
        self.n += k
        return self.n
    property total:
        def __get__(self): return self.n
    def __repr__(self): return f"Counter({self.n}, {self.tag!r})"
    def __richcmp__(self, other, int op):
        if op == 2: return isinstance(other, Counter) and self.n == (<Counter>other).n
        return NotImplemented

cdef class Documented:
    cdef readonly long n
    def __init__(self, long n=1):
        """Makes one."""
        self.n = n
    def __call__(self, k):
        """Multiplies."""
        return self.n * k
    def __getitem__(self, i):
        """Items, and parts."""
        return (i.start, i.stop, i.step) if isinstance(i, slice) else i
    @classmethod
    def make(cls, n):
        return cls(n)

def parts(list items, tuple pair):
    return items[1:], items[:-1], pair[1:3]

def lookups(dict d, key):
    return d.get(key), d.get(key, 5), d.setdefault(key, 6), d.pop(key), d.pop(key, None), list(d.items())

def squares(n):
    for i in range(n):
        yield i * i

cdef double work(long n) nogil:
    cdef double s = 0
    cdef long i
    for i in range(n):
        s += 1.0 / (1 + i % 7)
    return s

def nogil_loop(long n):
    cdef double s
    with nogil:
        s = work(n)
    return s

def fail(x):
    return 1 // x

def kw(a, *args, b=3, **kw):
    return a, args, b, kw

async def co(x):
    return await x

def closure(n):
    def inner(k): return n + k
    return [inner(i) for i in range(3)], {i: inner(i) for i in range(2)}, sorted([3,1,2], key=lambda v: -v)
class Py:
    x: int = 3
    def m(self, *, q): return super().__repr__()[:3], q
