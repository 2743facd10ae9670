"""Sources: tokens, trees, compilation, imports of the standard library's modules."""
import ast
import importlib
import inspect
import io
import marshal
import sys
import tokenize
import traceback

MODULES = ["textwrap", "heapq", "bisect", "calendar", "contextlib", "copy", "dataclasses",
           "functools", "shlex", "string", "types"]
MORE = ["argparse", "logging", "unittest", "http.client", "email.message", "xml.etree.ElementTree",
        "html.parser", "sqlite3",
        "concurrent.futures", "zipfile", "pathlib", "subprocess", "typing", "uuid", "secrets",
        "statistics"]


class Names(ast.NodeVisitor):
    def __init__(self):
        self.count = 0

    def visit_Name(self, node):
        self.count += len(node.id)

    def visit_Attribute(self, node):
        self.count += 1
        self.generic_visit(node)


def sources():
    total = 0
    for name in MODULES:
        text = inspect.getsource(importlib.import_module(name))
        code = compile(text, name, "exec", dont_inherit=True)
        total += len(marshal.loads(marshal.dumps(code)).co_names)
        if len(text) < 30000:
            names = Names()
            names.visit(ast.parse(text))
            total += names.count
        total += sum(1 for token in tokenize.generate_tokens(io.StringIO(text[:text.rindex("\n\n\n")]).readline) if token.type)
    return total


def evaluations():
    total = 0
    for i in range(60):
        total += eval(f"{i} + len('abc') * 2")
        space = {}
        exec(f"def f(a, b={i}):\n    return a + b\nclass C:\n    x = f({i})\n", space)
        total += space["C"].x
    try:
        compile("x = (1,", "bad.py", "exec")
    except SyntaxError:
        total += len(traceback.format_exc())
    return total


def imports():
    for name in MORE:
        importlib.import_module(name)
    for name in ["argparse", "html.parser", "textwrap"]:
        importlib.reload(sys.modules[name])


def run():
    for _ in range(3):
        sources(), evaluations()
    imports()


run()
