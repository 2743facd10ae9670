"""Isolated interpreters share what a function of a library consists of, though it was first read in one of them."""
import sys

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)


def parts_of_functions():
    import ntpath  # frozen: a file may be read anew, having been written just now
    assert ntpath.join("a", "b") == "a\\b"
    code = ntpath.join.__code__
    return id(code.co_varnames), id(code.co_names), id(code.co_linetable), code.co_varnames


first, second, third = (interpreters.create() for _ in range(3))
found = first.call(parts_of_functions)
assert second.call(parts_of_functions) == found
first.close()
assert third.call(parts_of_functions) == found  # the first one's end takes nothing away
assert second.call(parts_of_functions) == found
