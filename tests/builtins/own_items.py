"""Containers of subclasses that take in themselves end: what they hold at first is taken."""
import array
import collections


class L(list):
    pass


class D(collections.deque):
    pass


class B(bytearray):
    pass


class A(array.array):
    pass


class S(set):
    pass


class M(dict):
    pass


class O(collections.OrderedDict):
    pass


def of(make):
    x = make()
    x += x
    yield x
    x = make()
    x.extend(x)
    yield x


for make in (lambda: L([1, 2]), lambda: D([1, 2]), lambda: A("i", [1, 2])):
    for x in of(make):
        assert list(x) == [1, 2, 1, 2] and type(x) is type(make()), x
x = D([1, 2])
x.extendleft(x)
assert list(x) == [2, 1, 1, 2]
for make in (lambda: L([1, 2]), lambda: B(b"\1\2")):
    x = make()
    x[1:1] = x
    assert list(x) == [1, 1, 2, 2]
    x[::2] = x[1::2]
    x[:] = x
    assert list(x) == [1, 1, 2, 2]
s = S([1, 2])
s |= s
s.update(s)
s &= s
s -= s
assert not s
for m in M(a=1), O(a=1):
    m.update(m)
    m |= m
    assert m == {"a": 1}


class Doubled(list):
    def __iter__(self):
        return iter(list.__getitem__(self, slice(None)) * 2)


x = Doubled([1])
x += x
assert list.__getitem__(x, slice(None)) == [1, 1, 1]
print("ok")
