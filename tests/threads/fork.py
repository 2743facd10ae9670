"""os.fork() while other threads run: the child has one thread, and can do everything."""
import gc
import os
import threading
import warnings

warnings.simplefilter("ignore")
stop = threading.Event()
lock = threading.Lock()


def busy():
    while not stop.is_set():
        d = {i: [i] for i in range(50)}
        with lock:
            "".join(map(str, d))


workers = [threading.Thread(target=busy) for _ in range(3)]
for t in workers:
    t.start()
for i in range(8):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            assert (threading.active_count() == 1
                    and threading.current_thread() is threading.main_thread())
            gc.collect()
            out = []
            t = threading.Thread(target=lambda: out.append(sum(range(1000))))
            t.start()
            t.join()
            assert out == [499500] and not any(w.is_alive() for w in workers)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert status == 0, status
stop.set()
for t in workers:
    t.join()
