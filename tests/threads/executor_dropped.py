"""The threads of an executor that is dropped without a shutdown end: they wait for work meanwhile, and
nothing that a wait has below it on the C stack keeps the executor alive."""
import concurrent.futures as cf
import gc
import threading

for way in range(3):
    for _ in range(6):
        executor = cf.ThreadPoolExecutor(max_workers=5)
        results = executor.map(abs, range(-5, 5))
        threads = set(executor._threads)
        del executor
        if way == 1:
            list(results)
        if way == 2:
            gc.collect()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        assert threading.active_count() == 1

print("ok")
