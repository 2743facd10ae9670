"""The text of annotations under `from __future__ import annotations`."""
import unittest

CASES = [
    ('(a)', 'a'),
    ('a+b*c', 'a + b * c'),
    ('(a+b)*c', '(a + b) * c'),
    ('-a**-b', '-a ** (-b)'),
    ('(-a)**b', '(-a) ** b'),
    ('not a and b or c', 'not a and b or c'),
    ('a if b else c', 'a if b else c'),
    ('lambda:1', 'lambda: 1'),
    ('lambda x,y=1,*a,b,c=2,**k:k', 'lambda x, y=1, *a, b, c=2, **k: k'),
    ('lambda x,/,y:0', 'lambda x, /, y: 0'),
    ('lambda *,b:0', 'lambda*, b: 0'),
    ('(a if b else c) if d else e', '(a if b else c) if d else e'),
    ('lambda: lambda: x', 'lambda: lambda: x'),
    ('(lambda:x)()', '(lambda: x)()'),
    ('[x for x in y if z if w]', '[x for x in y if z if w]'),
    ('{x for x in y}', '{x for x in y}'),
    ('{a:b for a,b in c}', '{a: b for a, b in c}'),
    ('(x async for x in y)', '(x async for x in y)'),
    ('(x for x in y)', '(x for x in y)'),
    ('f(x for x in y)', 'f(x for x in y)'),
    ('f(a,(x for x in y))', 'f(a, (x for x in y))'),
    ('f(*a,**b,c=d)', 'f(*a, **b, c=d)'),
    ('{1:2,**a}', '{1: 2, **a}'),
    ('{1,2}', '{1, 2}'),
    ('()', '()'),
    ('(1,)', '(1,)'),
    ('(1,2)', '(1, 2)'),
    ('[]', '[]'),
    ('{}', '{}'),
    ('a[1]', 'a[1]'),
    ('a[1,2]', 'a[1, 2]'),
    ('a[1:2]', 'a[1:2]'),
    ('a[1:2,3]', 'a[1:2, 3]'),
    ('a[::2]', 'a[::2]'),
    ('a[:]', 'a[:]'),
    ('a[(1,2):3]', 'a[(1, 2):3]'),
    ('a[*b]', 'a[*b,]'),
    ('a[*b,c]', 'a[*b, c]'),
    ('a[()]', 'a[()]'),
    ('a[(1,)]', 'a[1,]'),
    ('1 .b', '1 .b'),
    ('1.5.b', '1.5.b'),
    ('(1).real', '1 .real'),
    ('1e400', '1e309'),
    ('1e400j', '1e309j'),
    ('-1e400', '-1e309'),
    ('1j', '1j'),
    ('1+1e400j', '1 + 1e309j'),
    ("'a'", "'a'"),
    ('"a\'b"', '"a\'b"'),
    ("b'x'", "b'x'"),
    ('...', '...'),
    ('None', 'None'),
    ("f'a{b}c'", "f'a{b}c'"),
    ("f'{a!r:>{w}}'", "f'{a!r:>{w}}'"),
    ("f'{{}}{a}'", "f'{{}}{a}'"),
    ("f'{ {1:2} }'", "f'{ {1: 2}}'"),
    ('f"""{a}\'x\\""""', 'f\'{a}\\\'x"\''),
    ("f'{x}' 'b'", "f'{x}b'"),
    ("u'a'", "u'a'"),
    ('a<b<c', 'a < b < c'),
    ('a not in b', 'a not in b'),
    ('a is not b', 'a is not b'),
    ('~a', '~a'),
    ('+a', '+a'),
    ('not (a or b)', 'not (a or b)'),
    ('(a or b) and c', '(a or b) and c'),
    ('a or (b or c)', 'a or (b or c)'),
    ('(*a,)', '(*a,)'),
    ('a@b', 'a @ b'),
    ('a//b%c', 'a // b % c'),
    ('a-(b-c)', 'a - (b - c)'),
    ('(a-b)-c', 'a - b - c'),
    ('a**b**c', 'a ** b ** c'),
    ('(a**b)**c', '(a ** b) ** c'),
    ('a<<b>>c', 'a << b >> c'),
    ('a&b^c', 'a & b ^ c'),
    ('(a&b)&c', 'a & b & c'),
    ('a&(b&c)', 'a & (b & c)'),
    ('(a<b)<c', '(a < b) < c'),
    ('a<(b<c)', 'a < (b < c)'),
    ('(not a)<b', '(not a) < b'),
    ('(lambda:x)+1', '(lambda: x) + 1'),
    ('1 if (lambda:x) else 2', '1 if (lambda: x) else 2'),
    ('[(lambda:x),y]', '[lambda: x, y]'),
    ('[a if b else c for d in (e if f else g) if (h if i else j)]',
     '[a if b else c for d in (e if f else g) if (h if i else j)]'),
    ('[a for (a,b) in c]', '[a for a, b in c]'),
    ("f'{(lambda x: 1)}'", "f'{(lambda x: 1)}'"),
    ("f'{a if b else c}'", "f'{(a if b else c)}'"),
    ("f'{a=}'", "f'a={a!r}'"),
    ('f\'{"x"}\'', 'f"{\'x\'}"'),
    ('{**(a or b)}', '{**(a or b)}'),
    ('f(*(a or b))', 'f(*(a or b))'),
    ('f(**(a or b))', 'f(**a or b)'),
    ('(-1).b', '(-1).b'),
    ('-1 .b', '-1 .b'),
    ('(a,b)[0]', '(a, b)[0]'),
    ('10**100', '10 ** 100'),
    ('a[lambda:1]', 'a[lambda: 1]'),
    ('a[lambda:1:2]', 'a[lambda: 1:2]'),
    ('a[b if c else d:e]', 'a[b if c else d:e]'),
    ("'\\n\\x00\xe9'", "'\\n\\x00\xe9'"),
    ('(a for b in c)()', '(a for b in c)()'),
    ('[*a,*b]', '[*a, *b]'),
    ('{*a}', '{*a}'),
    ('lambda **k: 1', 'lambda**k: 1'),
    ('lambda *a,: 1', 'lambda*a: 1'),
    ('lambda x=(a,b): 1', 'lambda x=(a, b): 1'),
    ('lambda x=lambda: 2: 1', 'lambda x=lambda: 2: 1'),
    ('(a.b).c', 'a.b.c'),
    ('a()()', 'a()()'),
    ('a[1][2]', 'a[1][2]'),
    ('f\'{f"{a}"}\'', 'f"{f\'{a}\'}"'),
    ("f'{{{a}}}'", "f'{{{a}}}'"),
    ("f''", "f''"),
]


class AnnotationText(unittest.TestCase):
    def test_variables(self):
        for source, text in CASES:
            with self.subTest(source=source):
                namespace = {}
                exec("from __future__ import annotations\nx: " + source, namespace)
                self.assertEqual(namespace["__annotations__"], {"x": text})

    def test_functions(self):
        namespace = {}
        exec("from __future__ import annotations\ndef f(a: int, /, b: x.y, *c: 'z', d: 1+2, **e: "
             "[w]) -> (yes, no): pass",
             namespace)
        self.assertEqual(namespace["f"].__annotations__,
                         {"a": "int", "b": "x.y", "c": "'z'", "d": "1 + 2", "e": "[w]",
                          "return": "(yes, no)"})

    def test_forbidden(self):
        for source, what in ("(x := 1)", "named expression"), ("(yield)", "yield expression"), \
                ("(yield from a)", "yield expression"), ("(await a)", "await expression"):
            with self.subTest(source=source), self.assertRaises(SyntaxError) as caught:
                compile("from __future__ import annotations\nasync def f():\n x: " + source, "<s>",
                        "exec")
            self.assertEqual(caught.exception.msg, f"'{what}' can not be used within an annotation")

    def test_names_are_not_bound(self):
        namespace = {}
        exec("from __future__ import annotations\nx: undefined[also_undefined]\ndef f(a: nothing): "
             "pass", namespace)
        self.assertEqual(namespace["__annotations__"], {"x": "undefined[also_undefined]"})


if __name__ == "__main__":
    unittest.main()
