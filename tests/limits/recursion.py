"""Recursion without end, in Python code and in C code, is a RecursionError, on the main thread and
on threads with small stacks; the interpreter works on afterwards."""
import ast
import copy
import functools
import json
import operator
import pickle
import sys
import threading

DEEP = 50_000


def nested(make, depth=DEEP):
    x = make(None)
    for _ in range(depth):
        x = make(x)
    return x


def unnest(x):
    """Takes a nested list apart, so that no other test meets it."""
    while isinstance(x, list) and x:
        x = x.pop()


def plain():
    return plain() + 1


def generator():
    yield from generator()


def mutual(n=0):
    return sorted([1, 2], key=lambda x: mutual(n + 1))


class Getattr:
    def __getattr__(self, name):
        return self.other


class Property:
    @property
    def p(self):
        return self.p


class Repr:
    def __repr__(self):
        return "<%r>" % (self,)


class Equal:
    def __eq__(self, other):
        return self == other

    def __hash__(self):
        return hash(self)


class Call:
    pass


Call.__call__ = Call()


class Iterate:
    def __iter__(self):
        return iter(self)


class Add:
    def __add__(self, other):
        return self + other

    def __index__(self):
        return operator.index(self)

    def __len__(self):
        return len(self)

    def __bool__(self):
        return bool(self)

    def __contains__(self, x):
        return x in self

    def __getitem__(self, i):
        return self[i]

    def __setitem__(self, i, v):
        self[i] = v

    def __format__(self, spec):
        return format(self, spec)

    def __enter__(self):
        with self:
            pass

    def __exit__(self, *args):
        pass


class Instances(type):
    def __instancecheck__(cls, x):
        return isinstance(x, cls)

    def __subclasscheck__(cls, x):
        return issubclass(x, cls)


class Checked(metaclass=Instances):
    pass


class Init:
    def __init__(self):
        Init()


class New:
    def __new__(cls):
        return New()


class Reduce:
    def __reduce__(self):
        return (list, ([self.fresh()],))

    def fresh(self):
        return Reduce()


class Descriptor:
    def __get__(self, instance, owner):
        return getattr(instance, "d")


class HasDescriptor:
    d = Descriptor()


@functools.lru_cache(None)
def cached(n):
    return cached(n + 1)


def with_finally():
    try:
        with_finally()
    finally:
        pass


def hit_add():
    return Add() + 1


def set_item():
    Add()[0] = 1


def enter():
    with Add():
        pass


def exec_nested(n=0):
    exec("exec_nested(n + 1)", {"exec_nested": exec_nested, "n": n})


def raising():
    try:
        raise ValueError
    except ValueError:
        raising()


def comprehension(n=0):
    return [comprehension(n + 1) for _ in range(1)]


def map_recursion(n=0):
    return list(map(map_recursion, [n + 1]))


def max_recursion(n=0):
    return max([1, 2], key=max_recursion)


def reduce_recursion(a=0, b=0):
    return functools.reduce(reduce_recursion, [1, 2])


def import_hook(name=None, *args):
    return __import__("json", {"__name__": "x"}) and import_hook()


ALWAYS = [plain, lambda: list(generator()), mutual, lambda: Getattr().x, lambda: Property().p,
          lambda: repr(Repr()),
          lambda: Equal() == Equal(), lambda: hash(Equal()), lambda: {Equal(): 1}, lambda: Call()(),
          lambda: list(Iterate()),
          hit_add, lambda: operator.index(Add()), lambda: len(Add()), lambda: bool(Add()),
          lambda: 1 in Add(),
          lambda: Add()[1], set_item, lambda: format(Add(), ""), enter,
          lambda: isinstance(1, Checked),
          lambda: issubclass(int, Checked), Init, New, lambda: copy.deepcopy(Reduce()),
          lambda: pickle.dumps(Reduce()),
          lambda: HasDescriptor().d, lambda: cached(0), with_finally, exec_nested, raising,
          comprehension, map_recursion,
          max_recursion, reduce_recursion, import_hook]

# Deep data: an error or an answer, as the implementation goes, but no crash.
def deep_list():
    return nested(lambda x: [x])


def deep_tuple():
    return nested(lambda x: (x,))


def deep_dict():
    return nested(lambda x: {1: x})


def deep_partial():
    return nested(lambda x: functools.partial(x or int), 50_000)


def deep_chain():
    e = ValueError()
    for _ in range(20_000):
        f = ValueError()
        f.__context__ = e
        e = f
    return e


def deep_iter(make):
    x = iter([1])
    for _ in range(50_000):
        x = make(x)
    return list(x)


def deep_union():
    x = int
    for _ in range(3000):
        x = list[x]
    return hash(x), repr(x), x == x


def deep_class():
    class C:
        pass
    for _ in range(400):
        C = type("C", (C,), {})
    return isinstance(C(), int), issubclass(C, int), C.__mro__


def deep_ast():
    node = ast.Constant(1)
    for _ in range(50_000):
        node = ast.UnaryOp(ast.USub(), node)
    tree = ast.fix_missing_locations(ast.Expression(node))
    compile(tree, "f", "eval")


DATA = [lambda: repr(deep_list()), lambda: repr(deep_tuple()), lambda: repr(deep_dict()),
        lambda: deep_list() == deep_list(),
        lambda: deep_tuple() == deep_tuple(), lambda: deep_tuple() < deep_tuple(),
        lambda: deep_dict() == deep_dict(),
        lambda: hash(deep_tuple()), lambda: json.dumps(deep_list()),
        lambda: json.dumps(deep_dict()),
        lambda: json.loads("[" * DEEP + "]" * DEEP), lambda: json.loads('{"a":' * DEEP),
        lambda: pickle.dumps(deep_list()),
        lambda: pickle.dumps(deep_tuple()), lambda: copy.deepcopy(deep_list()),
        lambda: copy.deepcopy(deep_tuple()),
        lambda: deep_partial()(), lambda: repr(deep_partial()), lambda: repr(deep_chain()),
        lambda: deep_iter(lambda x: map(int, x)), lambda: deep_iter(lambda x: filter(None, x)),
        lambda: deep_iter(enumerate),
        lambda: deep_iter(lambda x: (y for y in x)), lambda: deep_iter(zip), deep_union, deep_class,
        deep_ast,
        lambda: isinstance(1, deep_tuple()), lambda: issubclass(int, deep_tuple()),
        lambda: "abc".startswith(deep_tuple()),
        lambda: eval("(" * 5000 + ")" * 5000), lambda: eval("-" * DEEP + "1"),
        lambda: eval("[" * DEEP),
        lambda: eval("not " * DEEP + "1"), lambda: eval("+".join(["a"] * 50_000), {"a": 1}),
        lambda: eval("a" + ".b" * DEEP),
        lambda: eval("lambda:" * 10_000 + "1"), lambda: eval("f" + "()" * DEEP),
        lambda: compile("if 1:\n" + " if 1:\n" * 3, "f", "exec"),
        lambda: ast.parse("-" * DEEP + "1"), lambda: ast.literal_eval("-" * DEEP + "1"),
        lambda: ast.dump(ast.parse("-" * 20_000 + "1"))]
ERRORS = (RecursionError, MemoryError, SyntaxError, TypeError, ValueError, NameError,
          AttributeError)


def check(where):
    for case in ALWAYS:
        try:
            case()
        except RecursionError as e:
            assert "maximum recursion depth exceeded" in str(e), (where, case, e)
        except Exception as e:
            raise AssertionError((where, case, type(e), str(e)[:80])) from None
        else:
            raise AssertionError((where, case))
        assert plain_work() == 45
    for case in DATA:
        try:
            case()
        except ERRORS:
            pass
        assert plain_work() == 45


def plain_work():
    return sum([x for x in range(10)])


def on_thread(size, work):
    failed = []

    def body():
        try:
            work()
        except BaseException as e:
            failed.append(e)

    old = threading.stack_size(size)
    try:
        t = threading.Thread(target=body)
        t.start()
        t.join()
    finally:
        threading.stack_size(old)
    if failed:
        raise failed[0]


if sys.implementation.name != "typhon":
    sys.exit(77)  # the reference crashes in some of them
check("main")
for size in 256 << 10, 16 << 20:
    on_thread(size, lambda: check(size))
limit = sys.getrecursionlimit()
sys.setrecursionlimit(5000)
check(5000)
sys.setrecursionlimit(limit)

# a statement may be nested deeper than calls, and its constants, which are tuples within tuples,
# count from where they stand
chain = "".join(f"    elif f(a={i}, b=(1, (2.0, ({i}, 'x')))): pass\n" for i in range(1200))
compile("def g():\n    if 0: pass\n" + chain, "chain", "exec")
