"""Classes: inheritance, super, properties, slots, metaclasses, operators."""
class Meta(type):
    def __new__(mcs, name, bases, namespace, **kwargs):
        cls = super().__new__(mcs, name, bases, namespace)
        cls.extra = kwargs
        return cls


class Base(metaclass=Meta, flag=True):
    __slots__ = ("x", "__dict__")
    count: int = 0

    def __init__(self, x):
        self.x = x
        type(self).count += 1

    def __init_subclass__(cls, **kwargs):
        cls.made = sorted(kwargs)

    @property
    def double(self):
        return self.x * 2

    @double.setter
    def double(self, v):
        self.x = v // 2

    @classmethod
    def make(cls, *args):
        return cls(*args)

    @staticmethod
    def plain(a):
        return a

    def __add__(self, other):
        return self.x + getattr(other, "x", other)

    __radd__ = __add__

    def __getitem__(self, k):
        return (k, self.x)

    def __contains__(self, v):
        return v == self.x

    def __lt__(self, other):
        return self.x < other.x

    def __call__(self, *a, **k):
        return len(a) + len(k)

    def __getattr__(self, name):
        if name.startswith("get_"):
            return name[4:]
        raise AttributeError(name)


class Left(Base, a=1):
    def __init__(self, x):
        super().__init__(x + 1)


class Right(Base):
    pass


class Both(Left, Right, b=2):
    __private = 3

    def read(self):
        return self.__private, __class__.__name__


o = Both.make(4)
o.double = 30
o.y = 5
o.y += 1
print(o.x, o.double, o + 1, 2 + o, o[1:2, ...], 15 in o, o < Both(99), o(1, k=2), o.get_it,
      o.read(), o.y)
print([c.__name__ for c in Both.__mro__], Base.extra, Left.made, Both.plain(1),
      isinstance(o, Right))
print(type("Made", (Base,), {"z": 1})(2).z, {**vars(o)})
