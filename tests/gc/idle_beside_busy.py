# A thread that waits does not collect what one that runs has made: that one does so itself.
import gc
import sys
import threading
import time

LONG = 0.4
before = gc.get_stats()[2]["collections"]
texts = [str(i) for i in range(3000)]
if gc.get_stats()[2]["collections"] != before:
    sys.exit(77)  # they come without a cause here

threading.Thread(target=threading.Event().wait, daemon=True).start()
begin = time.monotonic()
while time.monotonic() < begin + LONG:
    [object() for _ in range(1000)]
if time.monotonic() > begin + 2 * LONG:
    sys.exit(77)  # did not run all the time
assert gc.get_stats()[2]["collections"] == before
