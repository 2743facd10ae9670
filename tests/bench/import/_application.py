"""Writes the application that figures.py measures with: packages of modules of 60 lines each."""
import os

MODULE = '''"""Module {n} of the application: orders of kind {n}."""
import os
import sys
{imports}

LIMIT = {n} * 10
NAMES = ["order", "item", "price", "count", "kind{n}"]
RATES = {{"low": 0.5, "middle": 1.25, "high": {n}.75, "none": None}}


class Order{n}:
    """An order."""

    kind = "kind{n}"
    __slots__ = ("name", "price", "count", "notes")

    def __init__(self, name, price=1.0, count=1):
        self.name = name
        self.price = price
        self.count = count
        self.notes = []

    def total(self, rate="middle"):
        factor = RATES.get(rate)
        if factor is None:
            raise ValueError(f"no such rate: {{rate}}")
        return self.price * self.count * factor

    def note(self, text, *args):
        self.notes.append(text % args if args else text)
        return self

    @property
    def title(self):
        return f"{{self.name}} ({{self.count}})"


def parse_{n}(lines, strict=False):
    """Orders of lines like "name price count"."""
    found = []
    for number, line in enumerate(lines, 1):
        try:
            name, price, count = line.split()
            found.append(Order{n}(name, float(price), int(count)))
        except ValueError as e:
            if strict:
                raise ValueError(f"line {{number}}: {{e}}") from e
    return found


def total_{n}(orders, rate="low"):
    return sum(o.total(rate) for o in orders if o.count < LIMIT)


def path_{n}(*parts):
    return os.path.join(sys.prefix, "orders", *parts)
'''


def write_application(folder, modules, packages=10, name="app"):
    """name/pI/mN.py and name/main.py, whose run() imports all.  The names of the modules."""
    names = []
    for n in range(modules):
        package = f"p{n % packages}"
        os.makedirs(os.path.join(folder, name, package), exist_ok=True)
        imports = ""
        if n >= packages:  # the one before it in its package
            imports = f"from .m{n - packages} import Order{n - packages}\n"
        with open(os.path.join(folder, name, package, f"m{n}.py"), "w") as f:
            f.write(MODULE.format(n=n, imports=imports))
        names.append(f"{name}.{package}.m{n}")
    for package in ["", *(f"p{i}" for i in range(packages))]:
        with open(os.path.join(folder, name, package, "__init__.py"), "w") as f:
            f.write('"""A package of the application."""\n')
    with open(os.path.join(folder, name, "main.py"), "w") as f:
        for n in range(modules):
            f.write(f"from {name}.p{n % packages} import m{n}\n")
    return names
