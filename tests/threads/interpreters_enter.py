"""Threads enter and leave interpreters while another one collects all the time: it looks at the
state of each thread, also at those that are between two interpreters."""
import gc
import sys
import threading

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)

from _util import run, until

stop = threading.Event()


def enter(k):
    with_hooks = "import sys; sys.setprofile(lambda *a: None); sys.set_asyncgen_hooks(len, len)"
    interp = interpreters.create()
    for _ in range(400):
        interp.exec(with_hooks)
        interp.exec("import sys; assert sys.getprofile() is None")
        interp.exec("assert sys.get_asyncgen_hooks() == (None, None)")
    interp.close()
    stop.set()


run(enter, enter, until(stop, gc.collect), limit=600)
