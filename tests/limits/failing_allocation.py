"""The n-th allocation of the heap fails, for many n: the program ends with MemoryError or goes on,
and never crashes."""
import os
import subprocess
import sys

PROGRAMS = {
    "containers": "x = [i for i in range(500)]\ny = {str(i): (i, [i]) for i in x}\nz = "
                  "set(y)\nprint(len(z), sorted(z)[0])",
    "classes": "class A:\n def __init__(self, v): self.v = v\n def __add__(self, o): return "
               "A(self.v + o.v)\n"
               "class B(A):\n @property\n def p(self): return self.v * 2\nx = B(1) + "
               "B(2)\nprint(x.v, B(4).p)",
    "exceptions": "def f(n):\n if n == 0: raise ValueError('x' * 10)\n try: f(n - 1)\n finally: "
                  "str(n)\n"
                  "for i in range(20):\n try: f(i)\n except ValueError as e: repr(e)\n"
                  "try:\n  try: 1 / 0\n  except ZeroDivisionError as e: raise KeyError(1) from "
                  "e\nexcept KeyError as e: str(e.__cause__)",
    "generators": "def g(n):\n for i in range(n): yield i, str(i)\nprint(sum(i for i, s in "
                  "g(100)))\nprint(list(zip(g(3), map(str, range(3)))))",
    "text": "s = '-'.join(str(i) for i in range(200))\nt = s.upper().replace('1', "
            "'one').split('-')\n"
            "print(len(t), '%s %r %5.2f' % (s[:3], t[0], 1.5), f'{s[:2]!r:>10}', "
            "s.encode('utf-16').decode('utf-16') == s)",
    "code": "exec(compile('a = 1\\ndef f(x, *y, z=3): return [x, *y, z]\\nb = f(1, 2)', 'f', "
            "'exec'))\nprint(eval('a + b[0]'))",
    "import": "import json\nprint(json.loads(json.dumps({'a': [1, 2.5, None]})))",
    "regex": "import re\nprint(re.findall(r'(a+)(b*)', 'aab ab b aaa' * 5)[:2], re.sub('a', lambda "
             "m: m[0] * 2, 'banana'))",
    "threads": "import threading\nout = []\nts = [threading.Thread(target=out.append, args=(i,)) "
               "for i in range(5)]\n"
               "for t in ts: t.start()\nfor t in ts: t.join()\nprint(sorted(out))",
    "numbers": "x = 7 ** 300\nprint(x % 10 ** 9, str(x)[:5], int(str(x)) == x, divmod(x, 3 ** "
               "100)[1], float(2 ** 70), hash(x) != 0)",
}
if sys.implementation.name != "typhon":
    sys.exit(77)


def run(name, n):
    env = dict(os.environ, TYPHON_GC_FAIL=str(n), PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1")
    return subprocess.run([sys.executable, "-S", "-c", PROGRAMS[name]], env=env,
                          capture_output=True, text=True, timeout=60)


def allocations():
    """About how many allocations the start makes: the lowest n that does no harm to an empty
    program is below twice that."""
    low, high = 1, 1 << 24
    while low < high:
        middle = (low + high) // 2
        env = dict(os.environ, TYPHON_GC_FAIL=str(middle))
        p = subprocess.run([sys.executable, "-S", "-c", "pass"], env=env, capture_output=True,
                           timeout=60)
        if p.returncode == 0:
            high = middle
        else:
            low = middle + 1
    return low


start = allocations()
step = int(os.environ.get("STEP", 0))
bad = []
outcomes = set()
for number, name in enumerate(sorted(PROGRAMS)):
    for k in range(40):
        n = start - 500 + k * (step or 97) + number
        p = run(name, n)
        outcomes.add(p.returncode)
        # 120: what was printed could not be flushed at the end
        if p.returncode not in (0, 1, 120) or (p.returncode and "MemoryError" not in p.stderr):
            bad.append((name, n, p.returncode, p.stderr[-300:]))
for n in list(range(1, 60)) + list(range(60, start, start // 60)):
    p = run("containers", n)
    if p.returncode < 0:
        bad.append(("start", n, p.returncode, p.stderr[-200:]))
for b in bad[:int(os.environ.get("SHOW", 10))]:
    print(*b)
assert not bad, len(bad)
assert outcomes >= {0, 1}, outcomes
