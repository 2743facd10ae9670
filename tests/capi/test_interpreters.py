"""Extensions in isolated interpreters: multi-phase modules are made anew, single-phase ones
refused."""
import sys

from _build import FOLDER, build, raises

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)

build("locks.c")
build("basic.c")
import locks
locks.mark = 1
inner = interpreters.create()
inner.prepare_main(folder=FOLDER)
inner.exec("""
    import sys
    sys.path.insert(0, folder)
    import locks
    assert not hasattr(locks, 'mark')
    locks.visit(1)
""")
REFUSED = "module basic does not support loading in subinterpreters"
# before the main one has it
raises(interpreters.ExecutionFailed, REFUSED, inner.exec, "import basic")
import basic
raises(interpreters.ExecutionFailed, REFUSED, inner.exec, "import basic")
inner.close()
locks.visit(1)
assert locks.mark == 1 and basic.__name__ == "basic"
