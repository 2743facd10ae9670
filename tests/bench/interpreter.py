"""A tokenizer, parser and evaluator of a small language: string scanning, classes, dispatch,
dicts."""
N = 45

PROGRAM = """
let total = 0; let i = 0;
while i < 3000 {
    let t = i * 3 - (i / 4) * 2;
    if t % 7 == 3 { total = total + t; } else { total = total - 1; }
    i = i + 1;
}
fun fact(n) { if n < 2 { return 1; } return n * fact(n - 1); }
let k = 0;
while k < 60 { total = total + fact(12) % 1009; k = k + 1; }
"""


def scan(text):
    pos, out = 0, []
    while pos < len(text):
        c = text[pos]
        if c.isspace():
            pos += 1
        elif c.isdigit():
            start = pos
            while pos < len(text) and text[pos].isdigit():
                pos += 1
            out.append(("num", int(text[start:pos])))
        elif c.isalpha():
            start = pos
            while pos < len(text) and text[pos].isalnum():
                pos += 1
            word = text[start:pos]
            out.append(("key" if word in {"let", "while", "if", "else", "fun", "return"}
                        else "name", word))
        else:
            op = text[pos:pos + 2] if text[pos:pos + 2] in ("==", "!=", "<=", ">=") else c
            pos += len(op)
            out.append(("op", op))
    out.append(("end", None))
    return out


class Parser:
    LEVELS = (("==", "!=", "<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))

    def __init__(self, tokens):
        self.tokens = tokens
        self.at = 0

    def peek(self, text):
        return self.tokens[self.at][1] == text

    def take(self, text=None):
        token = self.tokens[self.at]
        if text is not None and token[1] != text:
            raise SyntaxError(f"wanted {text!r}, got {token[1]!r}")
        self.at += 1
        return token

    def block(self):
        self.take("{")
        body = []
        while not self.peek("}"):
            body.append(self.statement())
        self.take("}")
        return body

    def program(self):
        body = []
        while self.tokens[self.at][0] != "end":
            body.append(self.statement())
        return body

    def statement(self):
        kind, text = self.tokens[self.at]
        if text == "while":
            self.take()
            return ("while", self.expression(0), self.block())
        if text == "if":
            self.take()
            test, body = self.expression(0), self.block()
            other = []
            if self.peek("else"):
                self.take()
                other = self.block()
            return ("if", test, body, other)
        if text == "fun":
            self.take()
            name = self.take()[1]
            self.take("(")
            parameter = self.take()[1]
            self.take(")")
            return ("fun", name, parameter, self.block())
        if text == "return":
            self.take()
            value = self.expression(0)
            self.take(";")
            return ("return", value)
        if text == "let":
            self.take()
        name = self.take()[1]
        self.take("=")
        value = self.expression(0)
        self.take(";")
        return ("set", name, value)

    def expression(self, level):
        if level == len(self.LEVELS):
            return self.atom()
        left = self.expression(level + 1)
        while self.tokens[self.at][0] == "op" and self.tokens[self.at][1] in self.LEVELS[level]:
            op = self.take()[1]
            left = ("bin", op, left, self.expression(level + 1))
        return left

    def atom(self):
        kind, text = self.take()
        if kind == "num":
            return ("num", text)
        if text == "(":
            inner = self.expression(0)
            self.take(")")
            return inner
        if self.peek("("):
            self.take()
            argument = self.expression(0)
            self.take(")")
            return ("call", text, argument)
        return ("name", text)


class Return(Exception):
    def __init__(self, value):
        self.value = value


class Evaluator:
    def __init__(self):
        self.functions = {}
        self.operators = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
                          "/": lambda a, b: a // b, "%": lambda a, b: a % b, "==": lambda a,
                          b: a == b,
                          "<": lambda a, b: a < b, ">": lambda a, b: a > b, "!=": lambda a,
                          b: a != b}

    def run(self, body, env):
        for node in body:
            getattr(self, "do_" + node[0])(node, env)

    def do_set(self, node, env):
        env[node[1]] = self.eval(node[2], env)

    def do_while(self, node, env):
        while self.eval(node[1], env):
            self.run(node[2], env)

    def do_if(self, node, env):
        self.run(node[2] if self.eval(node[1], env) else node[3], env)

    def do_fun(self, node, env):
        self.functions[node[1]] = node

    def do_return(self, node, env):
        raise Return(self.eval(node[1], env))

    def eval(self, node, env):
        match node:
            case ("num", value):
                return value
            case ("name", name):
                return env[name]
            case ("bin", op, left, right):
                return self.operators[op](self.eval(left, env), self.eval(right, env))
            case ("call", name, argument):
                _, _, parameter, body = self.functions[name]
                try:
                    self.run(body, {parameter: self.eval(argument, env)})
                except Return as r:
                    return r.value


def run(n):
    total = 0
    for _ in range(n):
        env = {}
        Evaluator().run(Parser(scan(PROGRAM)).program(), env)
        total += env["total"]
    return total


if __name__ == "__main__":
    print(run(N))
