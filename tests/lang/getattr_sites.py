"""Attribute loads that are run many times, of classes with __getattr__ and __getattribute__: what
changes is seen at once."""


class Proxy:
    def __init__(self):
        self.x = 1

    def __getattr__(self, name):
        return "missing " + name

    @property
    def p(self):
        if self.x == 1:
            return "property"
        raise AttributeError("inner")

    def method(self):
        return "method"

    @classmethod
    def of_class(cls):
        return cls.__name__


class Meta(type):
    def __getattr__(cls, name):
        return "meta " + name


class Plain(metaclass=Meta):
    a = 1

    @classmethod
    def of_class(cls):
        return cls


class Other(Proxy):
    def __getattribute__(self, name):
        return "other"


def seen(o):
    return o.x, o.p, o.method(), o.of_class(), o.absent


def seen_of_class():
    return Plain.a, Plain.absent, Plain.of_class() is Plain


o = Proxy()
first = 1, "property", "method", "Proxy", "missing absent"
for step in range(40):
    if step == 20:
        o.x = 2
    elif step == 25:
        del o.x
    elif step == 30:
        o.x = 1
        Proxy.p = property(lambda self: "new")
        Proxy.absent = "there"
    want = (first if step < 20 else
            (2, "missing p", *first[2:]) if step < 25 else
            ("missing x", "missing p", *first[2:]) if step < 30 else
            (1, "new", "method", "Proxy", "there"))
    assert seen(o) == want, (step, seen(o))
    assert Other().x == "other"

for step in range(30):
    if step == 10:
        Plain.a = 5
    elif step == 15:
        del Plain.a
    elif step == 20:
        Meta.absent = "in meta"
    elif step == 25:
        Meta.__getattribute__ = (lambda cls, name: "asked" if name == "a"
                                 else type.__getattribute__(cls, name))
    a = 1 if step < 10 else 5 if step < 15 else "meta a" if step < 25 else "asked"
    assert seen_of_class() == (a, "meta absent" if step < 20 else "in meta", True), (step, (
        seen_of_class()))

Proxy.__getattribute__ = lambda self, name: "over"
assert (o.x, o.p, o.method, o.absent) == ("over",) * 4
