"""What an interpreter executes when it starts, lines of .pth files, it executes in itself: texts
that it shares are compiled once, what they do, warn of and tell to audit hooks is each one's
own."""
import os
import subprocess
import sys
import tempfile

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)

LINES = '''
import sys; sys.own = [n for n in range(3)]; exec("class Made:\\n def method(self): return sys.own\\nsys.made = Made")
import sys; sys.total = eval("sum(sys.own)"); sys.make = lambda: sys.own
import sys; exec("sys.warned = 1 if sys.total is 3 else 0")
import sys; exec("def raising():\\n raise KeyError(sys.total)\\ntry:\\n raising()\\nexcept KeyError as e: sys.error = e")
'''

PROGRAM = '''
import sys
from typhon import interpreters
def look(main_id):
    import sys
    assert sys.make() is sys.own and sys.made().method() is sys.own
    assert sys.own == [0, 1, 2] and sys.total == 3 and sys.error.args == (3,)
    assert sys.error.__traceback__.tb_next.tb_frame.f_code.co_name == 'raising'
    sys.own.append(4)
    return id(sys.own), id(sys.made), id(sys.make.__code__)
several = [interpreters.create() for _ in range(3)]
print(len({n for i in several for n in i.call(look, 0)} | set(look(0))))
'''

with tempfile.TemporaryDirectory() as base:
    site = os.path.join(base, 'lib', 'python3.11', 'site-packages')
    os.makedirs(site)
    with open(os.path.join(site, 'own.pth'), 'w') as f:
        f.write(LINES)
    env = dict(os.environ, PYTHONUSERBASE=base)
    done = subprocess.run([sys.executable, '-c', PROGRAM], env=env, capture_output=True, text=True)
    assert done.stdout == '12\n', done
    assert done.stderr.count('SyntaxWarning') == 4, done.stderr  # in each of the four
