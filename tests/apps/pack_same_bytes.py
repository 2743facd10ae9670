"""typhon.pack: the same input gives the same bytes, whatever the order of files, the time, the hash
seed and the threads."""
import os
import random
import sys

from _packing import content, make, pack, run

FILES = {
    "__main__.py": "from core import words\nprint(sorted(words.some), words.find('b'))\n",
    "core/__init__.py": "",
    "core/words.py": "some = {'a', 'b', 'c', 'd', 'e'}\n"
                     "def find(x):\n    return x in {'red', 'green', 'blue', 'b', b'b', 1, 2.5, "
                     "None, (1, 'x'), frozenset()}\n"
                     "def keys():\n    return {'k%d' % i: (lambda *, z, y: (z, y)) for i in "
                     "range(9)}, ('s', 't', 'r')\n",
    "core/data.txt": "data",
    **{f"more/m{i}.py": f"import json\nfrom core import words\nname_{i} = {{'x{i}', 'y{i}', 'z{i}'}}\n" for i in range(40)},
}


def build(folder, output, order, env, *more):
    make({f"{folder}/app/{name}": FILES[name] for name in order})
    for name in FILES:
        moment = random.Random(folder + name).randrange(10 ** 9, 2 * 10 ** 9)
        os.utime(f"{folder}/app/{name}", (moment, moment))
    pack(f"{folder}/app", "-o", output, "-p", "/usr/bin/typhon", "--quiet", *more, env=env)


one_core = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "77"}
for i, options in enumerate(([], ["--compress", "--seal"], ["--standalone", "-O", "2"],
                             ["--executable"])):
    names = list(FILES)
    build(f"first{i}", f"{i}.a", names, {"PYTHONHASHSEED": "1"}, *options)
    random.Random(5).shuffle(names)
    build(f"another_name{i}", f"{i}.b", names, one_core, *options)
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])  # one thread
    pack(f"first{i}/app", "-o", f"{i}.c", "-p", "/usr/bin/typhon", "--quiet", *options)
    assert content(f"{i}.a") == content(f"{i}.b") == content(f"{i}.c"), options
assert (run(sys.executable, "0.a").stdout == "['a', 'b', 'c', 'd', 'e'] True\n"
        == run("./3.a").stdout)
