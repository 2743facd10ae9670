"""A walk over the API, inside a package: tests/capi/wide.c."""
import gc
import os
import warnings

from _build import FOLDER, build

build("wide.c", "package/wide")
with open(os.path.join(FOLDER, "package", "__init__.py"), "w"):
    pass
from package import wide

assert wide.__name__ == "package.wide" and wide.__package__ == "package"
warnings.simplefilter("ignore")
for _ in range(3):
    for test in wide.numbers, wide.containers, wide.text, wide.various:
        assert test() is None
    gc.collect()
seen = []
wide.threads(seen.append)
assert len(seen) == 301 and sorted(seen)[:4] == [-1, 0, 0, 0]
