"""The constants of the headers (constants.c) have the values that constants.txt says; `--update`
prints such a file."""
import os
import sys

from _build import HERE, build

build("constants.c")
import constants

found = constants.all()
if sys.argv[1:] == ["--update"]:
    for name, value in found.items():
        print(name, value)
    sys.exit()
with open(os.path.join(HERE, "constants.txt")) as f:
    expected = {name: int(value) for name, value in map(str.split, f)}
wrong = {name: (found.get(name), expected.get(name)) for name in found | expected
         if found.get(name) != expected.get(name)}
assert not wrong, wrong
