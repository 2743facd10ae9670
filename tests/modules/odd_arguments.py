"""Arguments at the edge of what a function takes."""
import json
import os
import sys

scan = json.scanner.make_scanner(json.JSONDecoder())
for index in (3, 2**62 - 1, 2**62, 2**63 - 1):
    try:
        scan("abc", index)
    except StopIteration as e:
        assert e.value == index
    else:
        raise AssertionError(index)

if sys.implementation.name == "typhon":  # the reference ends with a segmentation fault
    try:
        os.pathconf(-1, "PC_NAME_MAX")
    except OSError as e:
        assert e.errno == 9, e
    else:
        raise AssertionError("there is no such descriptor")

print("ok")
