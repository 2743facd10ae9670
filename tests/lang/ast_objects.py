"""The classes of _ast, trees as objects and back, and the checks of trees made by hand."""
import ast
import copy
import pickle
import unittest
import warnings
from ast import *  # noqa: the cases name the classes

from _ast_cases import CASES

L, S = Load(), Store()
K = dict(lineno=1, col_offset=0, end_lineno=1, end_col_offset=5)


class St(str):
    pass


def c(node, mode="exec"):
    compile(node, "<x>", mode)


def s(node):
    c(ast.fix_missing_locations(Module([node], [])))


def e(node):
    c(ast.fix_missing_locations(Expression(node)), "eval")


def m(pattern):
    s(Match(Name("x", L), [match_case(pattern, None, [Pass()])]))


class HandMade(unittest.TestCase):
    def test_table(self):
        for how, tree, expected in CASES:
            with self.subTest(tree=tree), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = "ok"
                try:
                    eval(f"{how}({tree})")
                except Exception as error:
                    result = f"{type(error).__name__}: {error}"
                self.assertEqual(result, expected)

    def test_cycle(self):
        node = UnaryOp(Not(), None, lineno=1, col_offset=0)
        node.operand = node
        with self.assertRaises(RecursionError):
            compile(Expression(node), "<x>", "eval")

    def test_changing_list(self):
        body = []

        class Trap(Pass):
            @property
            def lineno(self):
                body.append(Pass(**K))
                return 1

            def __init__(self):
                self.col_offset = 0
        body += [Trap(), Pass(**K)]
        with self.assertRaisesRegex(RuntimeError,
                                    'Module field "body" changed size during iteration'):
            compile(Module(body, []), "<x>", "exec")

    def test_property_errors(self):
        class Bad(Name):
            @property
            def id(self):
                raise ZeroDivisionError
        node = Bad(**K)
        node.ctx = Load()
        with self.assertRaises(ZeroDivisionError):
            compile(Expression(node), "<x>", "eval")

    def test_subclasses(self):
        class MyName(Name):
            pass
        self.assertEqual(eval(compile(Expression(MyName("abs", L, **K)), "<x>", "eval")), abs)


class Classes(unittest.TestCase):
    def test_attributes(self):
        self.assertEqual(Name._fields, ("id", "ctx"))
        self.assertEqual(Name.__match_args__, ("id", "ctx"))
        self.assertEqual(Name._attributes, ("lineno", "col_offset", "end_lineno", "end_col_offset"))
        self.assertEqual(Load._fields, ())
        self.assertEqual(AST._fields, ())
        self.assertEqual(expr.__bases__, (AST,))
        self.assertEqual(Name.__bases__, (expr,))
        self.assertEqual(arg.__bases__, (AST,))
        self.assertIsNone(Return.value)
        self.assertIsNone(expr.end_lineno)
        self.assertFalse(hasattr(pattern, "end_lineno"))
        self.assertFalse(hasattr(Name, "id"))
        self.assertEqual(AST.__module__, "ast")

    def test_documentation(self):
        self.assertEqual(Name.__doc__, "Name(identifier id, expr_context ctx)")
        self.assertEqual(Pass.__doc__, "Pass")
        self.assertEqual(boolop.__doc__, "boolop = And | Or")
        self.assertEqual(comprehension.__doc__,
                         "comprehension(expr target, expr iter, expr* ifs, int is_async)")
        self.assertEqual(mod.__doc__, "mod = Module(stmt* body, type_ignore* type_ignores)\n"
                                      "    | Interactive(stmt* body)\n"
                                      "    | Expression(expr body)\n"
                                      "    | FunctionType(expr* argtypes, expr returns)")

    def test_constructor(self):
        self.assertEqual(vars(Name("a", 3, extra=4)), {"id": "a", "ctx": 3, "extra": 4})
        self.assertEqual(vars(Name()), {})
        with self.assertRaisesRegex(TypeError,
                                    "^Name constructor takes at most 2 positional arguments$"):
            Name(1, 2, 3)
        with self.assertRaisesRegex(TypeError,
                                    "^Expr constructor takes at most 1 positional argument$"):
            Expr(1, 2)
        with self.assertRaisesRegex(TypeError,
                                    "^AST constructor takes at most 0 positional arguments$"):
            AST(1)
        with self.assertRaisesRegex(TypeError, "^Name got multiple values for argument 'id'$"):
            Name(1, id=2)

        class Mine(AST):
            _fields = "a", "b"
        self.assertEqual(vars(Mine(1, b=2)), {"a": 1, "b": 2})

        class Wrong(AST):
            _fields = 3
        with self.assertRaises(TypeError):
            Wrong(1)

    def test_copies(self):
        tree = ast.parse("def f(a, *, b=1):\n    return [x for x in a if x]\n")
        text = ast.dump(tree, include_attributes=True)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(tree, protocol))
            self.assertEqual(ast.dump(again, include_attributes=True), text)
        self.assertEqual(ast.dump(copy.deepcopy(tree), include_attributes=True), text)
        self.assertEqual(Name("x").__reduce__(), (Name, (), {"id": "x"}))

    def test_singletons(self):
        one, two = (ast.parse(text, mode="eval").body for text in ("a + b", "c + d"))
        self.assertIs(one.op, two.op)
        self.assertIs(one.left.ctx, two.right.ctx)
        self.assertIsNot(Add(), one.op)


class Parsing(unittest.TestCase):
    def test_flags(self):
        import _ast
        self.assertEqual((_ast.PyCF_ONLY_AST, _ast.PyCF_TYPE_COMMENTS,
                          _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT),
                         (0x400, 0x1000, 0x2000))
        tree = Expression(Constant(1, **K))
        self.assertIs(compile(tree, "<x>", "eval", _ast.PyCF_ONLY_AST), tree)

    def test_modes(self):
        self.assertIsInstance(compile("1", "<x>", "eval", 0x400), Expression)
        self.assertIsInstance(compile("1\n", "<x>", "single", 0x400), Interactive)
        tree = ast.parse("(int, *str, **Any) -> float", mode="func_type")
        self.assertEqual(ast.dump(tree),
                         "FunctionType(argtypes=[Name(id='int', ctx=Load()), Name(id='str', "
                         "ctx=Load()), "
                                         "Name(id='Any', ctx=Load())], returns=Name(id='float', "
                                         "ctx=Load()))")

    def test_type_comments(self):
        source = ("def f(a,  # type: int\n"
                  "      b  # type: str\n"
                  "      ):\n"
                  "    # type: (...) -> None\n"
                  "    x = []  # type: list\n"
                  "    for y in x:  # type: int\n"
                  "        with y as z:  # type: str\n"
                  "            pass  # type: ignore[code]\n")
        tree = ast.parse(source, type_comments=True)
        f = tree.body[0]
        self.assertEqual([a.type_comment for a in f.args.args], ["int", "str"])
        self.assertEqual(f.type_comment, "(...) -> None")
        self.assertEqual([f.body[0].type_comment, f.body[1].type_comment,
                          f.body[1].body[0].type_comment],
                         ["list", "int", "str"])
        self.assertEqual([(i.lineno, i.tag) for i in tree.type_ignores], [(8, "[code]")])
        tree = ast.parse(source)
        self.assertIsNone(tree.body[0].type_comment)
        self.assertEqual(tree.type_ignores, [])
        with self.assertRaises(SyntaxError):
            ast.parse("x = (  # type: int\n1)", type_comments=True)

    def test_feature_version(self):
        with self.assertRaisesRegex(SyntaxError,
                                    "Pattern matching is only supported in Python 3.10 and greater"):
            ast.parse("match x:\n case 1: pass", feature_version=(3, 9))
        ast.parse("async = await = 1", feature_version=(3, 6))
        ast.parse("async def f():\n    await x\nasync = 1", feature_version=(3, 6))
        with self.assertRaises(SyntaxError):
            ast.parse("async = 1")

    def test_round_trip(self):
        for name in "ast", "enum", "dataclasses", "argparse":
            with open(__import__(name).__file__) as file:
                source = file.read()
            tree = ast.parse(source)
            again = ast.parse(ast.unparse(tree))
            self.assertEqual(ast.dump(tree), ast.dump(again))
            compile(tree, name, "exec")


if __name__ == "__main__":
    unittest.main()
