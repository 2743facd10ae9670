"""p.x = v where p.__dict__ has been asked for: a place that has learned where the name is in the
dict sees what becomes of the dict and of the class."""
import collections
import threading


class Point:
    def __init__(self):
        self.x = 1
        self.y = 2


def store(o, v):
    o.x = v


def warm():
    p = Point()
    p.__dict__
    for i in range(50):
        store(p, i)
    return p


# replaced, deleted, entered again
p = warm()
assert vars(p) == {'x': 49, 'y': 2} and p.x == 49
d = vars(p)
store(p, 'a')
assert d['x'] == 'a'
del p.x
store(p, 'b')
assert list(d.items()) == [('y', 2), ('x', 'b')]
del d['x']
assert not hasattr(p, 'x')
store(p, 'c')
assert p.x == d['x'] == 'c'
d.clear()
store(p, 'd')
assert d == {'x': 'd'}
for i in range(100):
    d[i] = i
    setattr(p, f'name{i}', i)
    store(p, i)
    assert d['x'] == p.x == i
d['x'] = 'e'
assert p.x == 'e'
store(p, None)
assert p.x is None and d['x'] is None

# other dicts
other = {'z': 0, 'x': 1}
p.__dict__ = other
store(p, 2)
assert other == {'z': 0, 'x': 2} and d['x'] is None
ordered = collections.OrderedDict(x=1, y=2)
p.__dict__ = ordered
store(p, 3)
assert list(ordered.items()) == [('x', 3), ('y', 2)]


class Loud(dict):
    def __setitem__(self, key, v):
        raise AssertionError


p.__dict__ = Loud(x=1)
store(p, 4)
assert p.__dict__ == {'x': 4}

# another text with the same characters is the same key
p = warm()
vars(p).clear()
name = ''.join(['', 'x'])
vars(p)[name] = 0
store(p, 5)
assert vars(p) == {'x': 5}

# one dict of two objects, and objects that share a place
p, q = warm(), warm()
q.__dict__ = p.__dict__
store(q, 6)
assert p.x == 6
for i in range(40):
    a, b = warm(), Point()
    store(a, i)
    store(b, -i)
    assert (a.x, b.x) == (i, -i)


# the class changes
class Described:
    pass


def put(o, v):
    o.v = v


o = Described()
o.__dict__['v'] = 0
for i in range(50):
    put(o, i)
Described.v = property(lambda self: 'got', lambda self, v: seen.append(v))
seen = []
put(o, 'to the property')
assert seen == ['to the property'] and o.__dict__['v'] == 49 and o.v == 'got'
del Described.v
put(o, 7)
assert o.v == 7
Described.__setattr__ = lambda self, name, v: seen.append(name)
put(o, 8)
assert seen == ['to the property', 'v'] and o.v == 7
del Described.__setattr__
put(o, 9)
assert o.v == 9


class Slotted:
    __slots__ = ('v', '__dict__')


o = Slotted()
o.__dict__['v'] = 'hidden'
for i in range(50):
    put(o, i)
assert o.v == 49 and o.__dict__ == {'v': 'hidden'}

# threads: no store is lost to another name, none is torn
shared = warm()


def work(k):
    for i in range(3000):
        store(shared, (k, i))
        got = shared.x
        assert isinstance(got, tuple) and len(got) == 2
        shared.__dict__[f'{k} {i % 7}'] = i
        if i % 500 == 0 and k == 0:
            shared.__dict__ = dict(shared.__dict__)


threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert shared.x[1] == 2999 and shared.y == 2
