# A thread that waits does not collect what one that runs has made: that one does so itself.
import gc
import sys
import threading
import time

LONG = 0.4
threading.Thread(target=threading.Event().wait, daemon=True).start()
before, begin = gc.get_stats()[2]["collections"], time.monotonic()
while time.monotonic() < begin + LONG:
    [object() for _ in range(1000)]
if time.monotonic() > begin + 2 * LONG:
    sys.exit(77)  # did not run all the time
assert gc.get_stats()[2]["collections"] == before
