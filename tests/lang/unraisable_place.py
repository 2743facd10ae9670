"""An error that C code reports and that no frame has seen yet says where the program was."""
import gc
import sys


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


def drop():
    generator = stubborn()
    next(generator)
    del generator
    gc.collect()


seen = []
sys.unraisablehook = seen.append
drop()
assert seen[0].exc_type is RuntimeError and "GeneratorExit" in str(seen[0].exc_value)
assert seen[0].exc_traceback.tb_frame.f_code is drop.__code__
assert (seen[0].exc_value.__traceback__ is seen[0].exc_traceback
        or sys.implementation.name == "cpython")
