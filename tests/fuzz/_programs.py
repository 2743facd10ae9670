"""Writes random programs that compile and end: a Writer makes one from a random.Random.

What the programs use (show, error, C, Manager, drive, ...) is in _programs_run.py.  Names of
INTEGERS mostly hold integers, so that not every expression fails; values and exceptions of any type
turn up everywhere.
"""
INTEGERS = ("a", "p", "q", "x", "i", "v")
OPERATORS = ("+", "-", "*", "+", "-", "*", "//", "%", "/", "&", "|", "^", "<<", ">>", "@", "**")
COMPARISONS = ("<", "<=", "==", "!=", ">", ">=")
FUNCTIONS = ("len", "abs", "str", "repr", "list", "tuple", "bool", "type", "sum", "max", "min",
             "set", "int", "frozenset", "first", "small")
METHODS = ("count", "index", "append", "pop", "get", "upper", "split", "join", "items", "keys",
           "bit_length", "copy", "add", "missing",
           "startswith", "extend", "insert", "update", "setdefault")
ERRORS = ("ValueError", "KeyError", "TypeError", "(TypeError, IndexError)", "Exception",
          "ArithmeticError", "LookupError", "NameError")
WIDE = 260  # locals of a function whose registers need wide operands


class Scope:
    def __init__(self, names=("a", "b", "c", "d"), kind=""):
        self.names = list(names)
        self.kind = kind            # "", "function", "generator", "coroutine", "asyncgen", "class"
        self.loops = 0
        self.wide = False

    @property
    def is_async(self):
        return self.kind in ("coroutine", "asyncgen")

    @property
    def can_yield(self):
        return self.kind in ("generator", "asyncgen")


class Writer:
    def __init__(self, rng):
        self.rng = rng
        self.scope = Scope()
        self.comprehensions = 0
        self.classes = 0
        self.numbers = 0

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, probability):
        return self.rng.random() < probability

    def new_name(self):
        self.numbers += 1
        return f"n{self.numbers}"

    def several(self, least, most, make, joint=", "):
        return joint.join(make() for _ in range(self.rng.randint(least, most)))

    # ---- expressions

    def name(self):
        return self.rng.choice(self.scope.names)

    def constant(self):
        rng = self.rng
        text = "".join(rng.choice("abcxyz \u00e9\u20ac") for _ in range(rng.randint(0, 5)))
        return self.pick(str(rng.randint(-3, 9)), str(rng.randint(-300, 300)),
                         str(rng.randint(-1 << 40, 1 << 70)), "1.5", "-0.0", "1e10",
                         "True", "False", "None", repr(text), "b'ab'", "''", "()", "0", "1",
                         "...", "2j")

    def integer_name(self):
        names = [name for name in self.scope.names if name in INTEGERS]
        return (self.rng.choice(names) if names and self.chance(.8)
                else str(self.rng.randint(-3, 12)))

    def integer(self, depth=0):
        """An expression that is an integer when the INTEGERS are."""
        if depth > 3 or self.chance(.35):
            return self.integer_name()

        def inner():
            return self.integer(depth + 1)
        match self.rng.randrange(16):
            case 0 | 1 | 2 | 3 | 4:
                return f"({inner()} {self.pick('+', '-', '*', '&', '|', '^', '+', '-')} {inner()})"
            case 5 | 6:
                return f"({inner()} {self.pick('//', '%')} {self.pick(inner(), '3', '7')})"
            case 7:
                return f"({inner()} {self.pick('<<', '>>')} {self.rng.randint(0, 40)})"
            case 8 | 9:
                return f"({inner()} {self.pick(*COMPARISONS)} {inner()})"
            case 10:
                return f"({inner()} if {inner()} else {inner()})"
            case 11:
                return f"({inner()} {self.pick('and', 'or')} {inner()})"
            case 12:
                return f"[{inner()}, {inner()}, {inner()}][{self.pick('0', '-1', inner() + ' % 3')}]"
            case 13 if not self.scope.can_yield and not self.scope.is_async:
                return (f"sum({self.pick('i', inner())} for i in range({self.rng.randint(0, 4)}) "
                        f"if {self.pick('i', inner())})")
            case 14:
                return f"(lambda p, q={self.rng.randint(0, 5)}: p + q)({inner()})"
        return f"({self.pick('-', '~', '+')}{inner()})"

    def expression(self, depth=0):
        if self.chance(.5):
            return self.integer(depth)
        if depth > 3 or self.chance(.35):
            return self.name() if self.chance(.65) else self.constant()

        def inner():
            return self.expression(depth + 1)
        outermost = self.comprehensions == 0
        match self.rng.randrange(36):
            case 0 | 1 | 2 | 3:
                return (f"({inner()} {self.pick(*OPERATORS[:-1])} {inner()})" if self.chance(.9)
                        else f"({inner()} % 7 ** {self.rng.randint(0, 5)})")
            case 4 | 5:
                return (f"({inner()} {self.pick(*COMPARISONS, 'is', 'is not', 'in', 'not in')} "
                        f"{inner()})")
            case 6:
                return f"({inner()} {self.pick(*COMPARISONS)} {inner()} {self.pick('<', '==', 'in')} {inner()})"
            case 7 | 8:
                return f"({inner()} {self.pick('and', 'or')} {inner()})"
            case 9:
                return f"({self.pick('not ', '-', '~')}{inner()})"
            case 10 | 11:
                return f"({inner()} if {inner()} else {inner()})"
            case 12:
                return f"[{self.several(0, 4, lambda: self.starred(depth))}]"
            case 13:
                return f"({self.several(1, 3, lambda: self.starred(depth))},)"
            case 14:
                return "{" + self.several(0, 3, lambda: f"{inner()}: {inner()}" if self.chance(.85)
                                          else f"**{inner()}") + "}"
            case 15:
                return "{" + self.several(1, 3, lambda: self.starred(depth)) + "}"
            case 16 | 17:
                return f"{self.primary()}[{self.index(depth)}]"
            case 18 | 19:
                return self.call(depth)
            case 20:
                return f"(lambda {self.parameters()}: {inner()})"
            case 21 | 22 | 23:
                return self.comprehension(depth)
            case 24 if outermost and self.scope.kind != "class":
                return f"({self.name()} := {inner()})"
            case 25:
                return "f'" + self.several(1, 4, self.formatted, "") + "'"
            case 26:
                return f"obj.{self.pick('x', 'y', 'z', 'managed', 'method', '__class__', 'of_class', 'static')}"
            case 27 if outermost and self.scope.can_yield:
                return f"(yield {inner()})"
            case 28 | 29:
                return f"{self.pick(*FUNCTIONS)}({inner()})"
            case 30:
                return f"'%s %r' % ({inner()}, {inner()})"
            case 31 | 32:
                return f"{self.primary()}.{self.pick(*METHODS)}({self.several(0, 2, inner)})"
            case 33:
                return f"isinstance({inner()}, {self.pick('int', 'str', '(int, str)', 'C', 'int | None')})"
            case 34 if outermost and self.scope.kind == "generator":
                return f"(yield from {inner()})"
            case 34 if outermost and self.scope.is_async:
                return f"(await identity({inner()}))"
            case 35:
                return f"divmod({inner()}, {inner()})"
        return inner()

    def starred(self, depth):
        return ("*" if self.chance(.15) else "") + self.expression(depth + 1)

    def formatted(self):
        value = self.name() if self.chance(.6) else f"({self.name()} + {self.name()})"
        return self.pick("x", "{{", " ", "{%s}" % value, "{%s!r}" % value, "{%s:>{6}}" % value,
                         "{%s=}" % value)

    def primary(self):
        return self.name() if self.chance(.7) else self.pick("[1, 2, 3]", "'hello'",
                                                             "{1: 2, 'a': 3}", "(4, 5)", "obj",
                                                             "b'xyz'", "range(5)")

    def index(self, depth):
        def bound():
            return self.pick("", str(self.rng.randint(-3, 4)), self.expression(depth + 2))
        match self.rng.randrange(5):
            case 0 | 1:
                return self.expression(depth + 1)
            case 2:
                return str(self.rng.randint(-4, 4))
            case 3:
                return f"{bound()}:{bound()}"
        return f"{bound()}:{bound()}:{bound()}"

    def parameters(self):
        out, with_default = [], False
        for name in self.rng.sample(["p", "q", "r", "s"], self.rng.randint(0, 3)):
            with_default = with_default or self.chance(.3)
            out.append(f"{name}={self.constant()}" if with_default else name)
        return ", ".join(out + self.pick([], [], [], ["*args"], ["**more"], ["*args", "**more"],
                                         ["*", "k=1"]))

    def call(self, depth):
        function = self.pick(*self.scope.names, "f0", "f1", "f2", "C", "obj.method", "obj.of_class",
                             "obj.static", "keywords")
        arguments = [self.expression(depth + 1) for _ in range(self.rng.randint(0, 3))]
        if self.chance(.12):
            arguments.append("*" + self.expression(depth + 1))
        if self.chance(.2):
            arguments.append(f"{self.pick('p', 'q', 'r', 'k')}={self.expression(depth + 1)}")
        if self.chance(.07):
            arguments.append("**" + self.expression(depth + 1))
        return f"{function}({', '.join(arguments)})"

    def comprehension(self, depth):
        variable = self.pick("i", "j", "a", "b")
        names = self.scope.names
        self.comprehensions += 1
        iterable = self.rng.choice(names) if self.chance(.4) else f"range({self.rng.randint(0, 5)})"
        self.scope.names = names + [variable, variable]
        element, key = self.expression(depth + 1), self.expression(depth + 2)
        second = (f" for {self.pick('i', 'k')} in {self.pick('range(3)', variable, '(1, 2)')}"
                  if self.chance(.25) else "")
        condition = f" if {self.expression(depth + 2)}" if self.chance(.4) else ""
        self.scope.names = names
        self.comprehensions -= 1
        rest = f"{element} for {variable} in {iterable}{second}{condition}"
        return self.pick(f"[{rest}]", f"[{rest}]", "{" + rest + "}", "{" + f"{key}: {rest}" + "}",
                         f"list({rest})", f"tuple({rest})")

    def target(self, depth=0):
        if depth > 1 or self.chance(.6):
            return self.name()
        match self.rng.randrange(5):
            case 0:
                return f"{self.name()}[{self.index(3)}]"
            case 1:
                return f"obj.{self.pick('x', 'y', 'managed')}"
        targets = [self.target(depth + 1) for _ in range(self.rng.randint(1, 3))]
        at = self.rng.randrange(len(targets))
        if self.chance(.4) and targets[at][0] not in "[(":
            targets[at] = "*" + targets[at]
        return f"({', '.join(targets)},)" if self.chance(.7) else f"[{', '.join(targets)}]"

    # ---- statements: lists of lines without the indentation of their surroundings

    def block(self, depth):
        out = []
        for _ in range(self.rng.randint(1, 3 if depth < 2 else 2 if depth < 3 else 1)):
            lines = self.statement(depth)
            if self.chance(.35):
                lines = ["try:", *indented(lines), self.pick("except Exception as e: error(e)",
                                                             "except Exception: show('caught')")]
            out += lines
        return indented(out)

    def statement(self, depth):
        simple = (self.assignment, self.assignment, self.assignment, self.augmented, self.shown,
                  self.small_statement)
        if depth > 2:
            return self.rng.choice(simple)()
        compound = (self.if_statement, self.if_statement, self.for_statement, self.for_statement,
                    self.while_statement, self.try_statement,
                    self.try_statement, self.try_statement, self.with_statement,
                    self.match_statement, self.match_statement)
        in_function = (self.try_in_loop, self.wide_locals, self.nonlocal_function,
                       self.derived_class, self.inner_generator, self.function)
        if self.chance(.35):
            return self.rng.choice(simple)()
        if self.scope.kind not in ("", "class") and self.chance(.25):
            return self.rng.choice(in_function)(depth)
        if self.classes == 0 and self.chance(.05):
            return self.class_statement(depth)
        return self.rng.choice(compound)(depth)

    def assignment(self):
        match self.rng.randrange(6):
            case 0 | 1 | 2:
                name = self.pick(*[name for name in self.scope.names if name in INTEGERS] or ["a"])
                return [f"{name} {self.pick('=', '=', '+=', '-=', '^=')} {self.integer()}"]
            case 3:
                return [f"{self.target()} = {self.target()} = {self.expression()}"]
            case 4 if self.scope.can_yield:
                return [f"{self.target()} = yield {self.expression()}"]
        return [f"{self.target()} = {self.expression()}"]

    def augmented(self):
        target = self.pick(self.name(), f"{self.primary()}[{self.index(2)}]",
                           f"obj.{self.pick('x', 'y', 'managed')}")
        return ([f"{target} {self.pick('+=', '-=', '*=', '//=', '|=', '&=', '%=', '^=')} "
                 f"{self.expression(1)}"])

    def shown(self):
        return [f"show({self.several(1, 3, lambda: self.expression(2))})"]

    def small_statement(self):
        scope = self.scope
        value = "" if scope.kind == "asyncgen" else self.expression()
        match self.rng.randrange(8):
            case 0:
                return [f"del {self.name()}" if self.chance(.3)
                        else f"del {self.name()}[{self.index(2)}]"]
            case 1:
                return [f"assert {self.expression(2)}, {self.expression(3)}"]
            case 2 if self.chance(.3):
                cause = self.pick("", "", " from None", " from KeyError(1)")
                return [f"raise {self.pick('ValueError', 'KeyError', 'TypeError', 'StopIteration')}({self.expression(2)}){cause}"]
            case 3 | 4 if scope.loops:
                return [f"if {self.expression(2)}: {self.pick('break', 'continue')}"]
            case 5 if scope.kind not in ("", "class"):
                return [f"if {self.expression(2)}: return {value}"]
            case 6:
                return ["pass"]
        return [self.expression()]

    def if_statement(self, depth):
        condition = self.pick(self.expression(1),
                              f"{self.integer()} {self.pick(*COMPARISONS)} {self.integer()} "
                              f"{self.pick('and', 'or')} not "
                                                  f"{self.integer()} {self.pick('<', '==', 'is', 'in')} {self.pick('(1, 2)', self.integer())}")
        out = [f"if {condition}:", *self.block(depth + 1)]
        if self.chance(.3):
            out += [f"elif {self.expression(1)}:", *self.block(depth + 1)]
        return out + self.maybe_else(depth, .5)

    def maybe_else(self, depth, probability=.3):
        return ["else:", *self.block(depth + 1)] if self.chance(probability) else []

    def loop_body(self, depth):
        self.scope.loops += 1
        out = self.block(depth + 1)
        self.scope.loops -= 1
        return out

    def for_statement(self, depth):
        iterable = self.pick(f"small({self.expression(1)})", f"range({self.rng.randint(0, 4)})",
                             "enumerate('ab')")
        head = f"for {self.target()} in {iterable}:"
        if self.scope.is_async and self.chance(.3):
            head = f"async for {self.target()} in items_of({iterable}):"
        return [head, *self.loop_body(depth), *self.maybe_else(depth)]

    def while_statement(self, depth):
        count = self.new_name()
        return [f"{count} = 0", f"while {count} < {self.rng.randint(1, 4)} and "
                                f"{self.expression(2)}:", f"    {count} += 1",
                *self.loop_body(depth), *self.maybe_else(depth)]

    def try_statement(self, depth):
        out = ["try:", *self.block(depth + 1)]
        form = self.rng.random()
        if form < .85:
            star = "*" if self.chance(.12) else ""
            before = self.scope.kind, self.scope.loops
            if star:  # no return, break and continue in there
                self.scope.kind, self.scope.loops = (self.scope.kind if self.scope.kind == "class"
                                                     else "", 0)
            for _ in range(self.rng.randint(1, 2)):
                name = self.pick("", "", "e", "a", "b")
                out += [f"except{star} {self.pick(*ERRORS)}{' as ' + name if name else ''}:"]
                out += [f"    show(repr({name}))"] * bool(name) + self.block(depth + 1)
            self.scope.kind, self.scope.loops = before
            if not star and self.chance(.3):
                out += ["except:", *self.block(depth + 1)]
            out += self.maybe_else(depth, .25)
        if form >= .7:
            out += ["finally:", *self.block(depth + 1)]
        return out

    def with_statement(self, depth):
        word, manager = ("async with", "AsyncManager") if self.scope.is_async and self.chance(.4) else ("with", "Manager")
        second = f", {manager}({self.expression(3)})" if self.chance(.3) else ""
        return [f"{word} {manager}({self.expression(2)}) as {self.target()}{second}:",
                *self.block(depth + 1)]

    def match_statement(self, depth):
        out = [f"match {self.expression()}:"]
        for _ in range(self.rng.randint(1, 4)):
            names = []
            pattern = self.pattern(0, names)
            if pattern in ("_", "m0"):
                pattern += " if True"
            elif self.chance(.2):
                pattern += f" if {self.expression(2)}"
            out += [f"    case {pattern}:"] + [f"        show({', '.join(names)})"] * bool(names) + indented(self.block(depth + 1))
        return out

    def pattern(self, depth, names):
        def capture():
            names.append(f"m{len(names)}")
            return names[-1]
        match self.rng.randrange(3 if depth > 2 else 10):
            case 0:
                return self.pick("0", "1", "-1", "'a'", "None", "True", "1.5", "b'ab'")
            case 1:
                return "_"
            case 2:
                return capture()
            case 3:
                return f"[{self.several(0, 3, lambda: self.pattern(depth + 1, names))}]"
            case 4:
                return f"[{self.pattern(depth + 1, names)}, *{capture()}]"
            case 5:
                rest = f", **{capture()}" if self.chance(.4) else ""
                return ("{" + self.pick("1", "'a'") + f": {self.pattern(depth + 1, names)}{rest}"
                        + "}")
            case 6:
                return f"{self.pick('int', 'str', 'list', 'tuple', 'float', 'dict')}()"
            case 7:
                return f"C(x={self.pattern(depth + 1, names)})"
            case 8:
                return f"int({self.pattern(3, names)})"
        return f"({self.pick('0', '1', '2')} | {self.pick('str()', '3', 'None')})"

    # ---- what binds in ways of its own

    def try_in_loop(self, depth):
        def leave(value):
            return self.pick("break", "continue", "pass", "pass",
                             "return" if self.scope.kind == "asyncgen" else f"return {value}",
                             "1 // 0")
        return [f"for {self.target(2)} in range({self.rng.randint(1, 3)}):", "    try:",
                *indented(self.loop_body(depth + 1)),
                f"        {leave(1)}", "    finally:", *indented(self.loop_body(depth + 1)),
                f"        {leave(2)}"]

    def wide_locals(self, depth):
        names = [f"w{i}" for i in self.rng.sample(range(WIDE), 6)]
        self.scope.wide = True
        return [*(f"{name} = {self.integer()}" for name in names), f"show({', '.join(names)})"]

    def nonlocal_function(self, depth):
        name = self.new_name()
        return [f"{name} = {self.integer()}", f"def g{name}(k=1):",
                f"    {self.pick('nonlocal', 'nonlocal', 'global')} {name}",
                f"    {name} {self.pick('=', '+=')} k", f"    return {name}",
                f"show(g{name}({self.integer()}), {name}, [g{name}(i) for i in range(2)], {name})"]

    def derived_class(self, depth):
        name = "K" + self.new_name()
        return [f"class {name}(C):", self.pick("    __slots__ = ()", f"    z = {self.integer()}"),
                f"    def __init__(self, x={self.integer_name()}):",
                "        super().__init__(x)", "        self.kept = [__class__.__name__, x]",
                "    def method(self, v=0): return super().method(v)[::-1]",
                f"show({name}({self.integer()}).method({self.integer()}), {name}.of_class(1), "
                f"{name}().kept, {name}(2).managed)"]

    def inner_generator(self, depth):
        name = "g" + self.new_name()
        return [f"def {name}():", "    try:", f"        a = yield {self.integer_name()}",
                f"        for i in range({self.rng.randint(1, 3)}):",
                "            try: yield i",
                f"            except {self.pick('ValueError', 'KeyError', 'GeneratorExit')}: yield "
                f"'c'",
                "            finally: show('finally', i)",
                f"        return {self.pick(self.integer_name(), '5')}",
                f"    except {self.pick('ValueError', 'Exception')} as e: yield repr(e)",
                "    finally: show('end')", f"show(drive({name}()))",
                f"def to_{name}():", f"    r = yield from {name}()", "    show(r)", "    return r",
                f"show(list(to_{name}()), drive(to_{name}()))"]

    def class_statement(self, depth):
        name, outer, inside = self.pick("C1", "a"), self.scope, self.comprehensions
        self.scope, self.comprehensions = Scope(outer.names, "class"), 0
        self.classes += 1
        body = self.block(depth + 1) + indented(self.function(depth + 2, "self, "))
        self.classes -= 1
        self.scope, self.comprehensions = outer, inside
        return [f"class {name}({self.pick('', 'C', 'object', 'dict', 'int')}):", *body,
                f"show({name}.__name__)"]

    def function(self, depth, first=""):
        """A function of a random kind, and for one that is no method a call of it."""
        name, outer, inside = self.pick("f0", "f1", "f2"), self.scope, self.comprehensions
        kind = self.pick("function", "function", "function", "function", "generator", "generator",
                         "coroutine", "asyncgen")
        parameters = self.parameters()
        given = [part.strip().lstrip("*").split("=")[0] for part in parameters.split(",")]
        given = [part for part in given if part]
        fresh = self.rng.sample(["a", "b", "c", "x", "y"], self.rng.randint(1, 3))
        self.scope = Scope(given + fresh + self.rng.sample(outer.names,
                                                           min(2, len(outer.names))), kind)
        self.comprehensions = 0
        head = []
        shared = self.pick("a", "b", "c", "d")
        if shared not in given + fresh and self.chance(.35):
            head.append(f"    global {shared}")
        body = ([f"    {name} = {self.constant()}" for name in fresh if self.chance(.6)]
                + ["    yield 1"] * self.scope.can_yield)
        body += self.block(depth + 1) + self.block(depth + 1)
        if kind != "asyncgen":
            body.append(f"    return ({self.name()}, {self.name()})")
        if self.scope.wide:
            head.append("    " + "".join(f"w{i} = " for i in range(WIDE)) + "0")
        self.scope, self.comprehensions = outer, inside
        is_async = kind in ("coroutine", "asyncgen")
        out = [f"{'async ' if is_async else ''}def {name}({first}{parameters}):", *head, *body]
        if self.chance(.15):
            out.insert(0, "@same")
        if not first and self.chance(.8):
            call = f"{name}({self.several(0, 3, lambda: self.expression(2))})"
            wrapped = {"generator": f"drive({call})", "coroutine": f"run({call})",
                       "asyncgen": f"run(collect({call}))"}
            out.append(f"show({wrapped.get(kind, call)})")
        return out

    def program(self):
        out = ["a = 1", "b = [1, 2, 'x']", "c = {'a': 1, 2: (3, 4)}", "d = 'text'", "obj = C()"]
        for part in [self.function] * 3 + [self.statement] * 8:
            out += ["try:", *indented(part(0)), "except Exception as e: error(e)"]
        return "\n".join([*out, "show(a, b, c, d)", ""])


def indented(lines):
    return ["    " + line for line in lines]
