"""breakpoint() and pdb over a pipe: stepping, breakpoints, the stack, jumps and exceptions."""
import os
import subprocess
import sys
import tempfile

PROGRAM = '''\
def numbers(n):
    for i in range(n):
        yield i

def total(n):
    s = 0
    for x in numbers(n):
        s += x
    return s

def fail(d):
    with open('/dev/null') as f:
        return d['k']

def main():
    breakpoint()
    t = total(3)
    try:
        fail({})
    except KeyError as e:
        print('caught', e)
    return t

main()
'''
COMMANDS = ["s", "n", "n", "s", "n", "n", "p i, n", "n", "w", "u", "d", "b 9", "c", "p s", "r", "n",
            "p t", "j 22",
            "j 18", "tbreak fail", "c", "n", "n", "n", "n", "n", "n", "n",
            "p str(e)", "q"]
TRANSCRIPT = '''\
> program.py(17)main()
-> t = total(3)
(Pdb) --Call--
> program.py(5)total()
-> def total(n):
(Pdb) > program.py(6)total()
-> s = 0
(Pdb) > program.py(7)total()
-> for x in numbers(n):
(Pdb) --Call--
> program.py(1)numbers()
-> def numbers(n):
(Pdb) > program.py(2)numbers()
-> for i in range(n):
(Pdb) > program.py(3)numbers()
-> yield i
(Pdb) (0, 3)
(Pdb) > program.py(2)numbers()
-> for i in range(n):
(Pdb)   program.py(24)<module>()
-> main()
  program.py(17)main()
-> t = total(3)
  program.py(7)total()
-> for x in numbers(n):
> program.py(2)numbers()
-> for i in range(n):
(Pdb) > program.py(7)total()
-> for x in numbers(n):
(Pdb) > program.py(2)numbers()
-> for i in range(n):
(Pdb) Breakpoint 1 at program.py:9
(Pdb) > program.py(9)total()
-> return s
(Pdb) 3
(Pdb) --Return--
> program.py(9)total()->3
-> return s
(Pdb) > program.py(18)main()
-> try:
(Pdb) 3
(Pdb) > program.py(22)main()
-> return t
(Pdb) > program.py(18)main()
-> try:
(Pdb) Breakpoint 2 at program.py:11
(Pdb) Deleted breakpoint 2 at program.py:11
> program.py(12)fail()
-> with open('/dev/null') as f:
(Pdb) > program.py(13)fail()
-> return d['k']
(Pdb) KeyError: 'k'
> program.py(13)fail()
-> return d['k']
(Pdb) > program.py(12)fail()
-> with open('/dev/null') as f:
(Pdb) --Return--
> program.py(13)fail()->None
-> return d['k']
(Pdb) KeyError: 'k'
> program.py(19)main()
-> fail({})
(Pdb) > program.py(20)main()
-> except KeyError as e:
(Pdb) > program.py(21)main()
-> print('caught', e)
(Pdb) "'k'"
(Pdb) '''


def session():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(os.path.realpath(folder), "program.py")
        with open(path, "w") as f:
            f.write(PROGRAM)
        p = subprocess.run([sys.executable, path], input="\n".join(COMMANDS) + "\n",
                           capture_output=True, text=True,
                           timeout=60, env={**os.environ, "HOME": folder})
        return p.stdout.replace(path, "program.py")


if __name__ == "__main__":
    out = session()
    assert out == TRANSCRIPT, out
