"""A one-way constraint network: variables, strengths, plans; lists of objects with many small
methods."""
N = 400


class Variable:
    def __init__(self, name, value=0):
        self.name = name
        self.value = value
        self.constraints = []
        self.source = None
        self.mark = 0


class Constraint:
    strength = 1

    def attach(self):
        for v in self.variables():
            v.constraints.append(self)

    def variables(self):
        raise NotImplementedError

    def execute(self):
        raise NotImplementedError


class Stay(Constraint):
    strength = 2

    def __init__(self, variable):
        self.variable = variable
        self.attach()

    def variables(self):
        return (self.variable,)

    def output(self):
        return self.variable

    def inputs(self):
        return ()

    def execute(self):
        pass


class Edit(Stay):
    strength = 5


class Scale(Constraint):
    strength = 4

    def __init__(self, source, factor, offset, target):
        self.source, self.factor, self.offset, self.target = source, factor, offset, target
        self.attach()

    def variables(self):
        return self.source, self.factor, self.offset, self.target

    def output(self):
        return self.target

    def inputs(self):
        return self.source, self.factor, self.offset

    def execute(self):
        self.target.value = self.source.value * self.factor.value + self.offset.value


class Equal(Constraint):
    strength = 3

    def __init__(self, a, b):
        self.a, self.b = a, b
        self.attach()

    def variables(self):
        return self.a, self.b

    def output(self):
        return self.b

    def inputs(self):
        return (self.a,)

    def execute(self):
        self.b.value = self.a.value


class Planner:
    def __init__(self):
        self.stamp = 0

    def plan(self, edited):
        """The constraints to run, in order, when a variable changes."""
        self.stamp += 1
        stamp, todo, order = self.stamp, [edited], []
        edited.mark = stamp
        while todo:
            variable = todo.pop()
            for c in variable.constraints:
                out = c.output()
                if out is not variable and out.mark != stamp and self.strongest(out) is c:
                    out.mark = stamp
                    out.source = c
                    order.append(c)
                    todo.append(out)
        return order

    @staticmethod
    def strongest(variable):
        best = None
        for c in variable.constraints:
            if c.output() is variable and (best is None or c.strength > best.strength):
                best = c
        return best

    @staticmethod
    def execute(order):
        for c in order:
            c.execute()


def chain(n, planner):
    variables = [Variable(f"v{i}") for i in range(n)]
    for a, b in zip(variables, variables[1:]):
        Equal(a, b)
    Stay(variables[-1])
    Edit(variables[0])
    order = planner.plan(variables[0])
    for i in range(20):
        variables[0].value = i
        planner.execute(order)
        assert variables[-1].value == i
    return variables[-1].value + len(order)


def projection(n, planner):
    factor, offset = Variable("factor", 10), Variable("offset", 1000)
    pairs = []
    for i in range(n):
        source, target = Variable(f"s{i}", i), Variable(f"t{i}", i)
        Stay(source)
        Scale(source, factor, offset, target)
        pairs.append((source, target))
    total = 0
    for variable, values in ((factor, range(5)), (offset, range(5))):
        order = planner.plan(variable)
        for v in values:
            variable.value = v
            planner.execute(order)
            total += sum(t.value for _, t in pairs)
    for source, target in pairs:
        source.value += 1
        planner.execute(planner.plan(source))
        total += target.value
    return total


def run(n):
    planner = Planner()
    total = 0
    for i in range(n):
        total += chain(200, planner) + projection(200, planner)
    return total


if __name__ == "__main__":
    print(run(N))
