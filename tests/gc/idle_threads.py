"""A thread that only waits costs little memory.  On a busy machine more of them are on their way at
the same time, and each takes more: the best of a few processes counts."""
import gc
import mmap
import sys
import threading

COUNT, KILOBYTES = 300, 64
with open("/proc/self/statm") as statm:
    if int(statm.read().split()[0]) * mmap.PAGESIZE > 1 << 30:
        sys.exit(77)  # a sanitizer has its own memory for each thread
before = sum(generation["collections"] for generation in gc.get_stats())
texts = [str(i) for i in range(3000)]
if sum(generation["collections"] for generation in gc.get_stats()) != before:
    sys.exit(77)  # collections come without a cause here: threads use other parts of more blocks
if len(sys.argv) == 1:
    import subprocess  # not in the process that is measured
    for attempt in range(5):
        p = subprocess.run([sys.executable, __file__, "once"], capture_output=True, text=True)
        if p.returncode == 0:
            sys.exit()
    sys.exit(p.stderr)


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon:"))


ready, end = threading.Barrier(COUNT + 1), threading.Event()


def idle():
    ready.wait()
    end.wait()


warm = threading.Thread(target=lambda: None)
warm.start(), warm.join()
before = resident()
threads = [threading.Thread(target=idle) for _ in range(COUNT)]
for thread in threads:
    thread.start()
ready.wait()
each = (resident() - before) / COUNT
end.set()
for thread in threads:
    thread.join()
assert each <= KILOBYTES, f"{each:.0f} KB for each thread"
