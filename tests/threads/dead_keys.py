"""Keys that have left a dict are nobody's any more: a look for an equal one does not read them.
Memory that is read after others have it is what tsan reports here."""
import gc
import threading

ROUNDS, NAMES = 60, 64
shared, stop, wrong = {}, threading.Event(), []


def change():
    """Each key is an object of its own, which dies with its entry; others get its memory."""
    for _ in range(ROUNDS):
        for k in range(NAMES):
            shared[f"key {k}"] = k
        for k in range(NAMES):
            del shared[f"key {k}"]
        gc.collect()
        for _ in range(20):
            [f"other {k}" for k in range(4 * NAMES)]
    stop.set()


def look():
    names = [f"key {k}" for k in range(NAMES)]
    while not stop.is_set():
        for k, name in enumerate(names):
            try:
                if shared[name] != k:
                    wrong.append(name)
            except KeyError:
                pass


threads = [threading.Thread(target=f) for f in (change, look, look)]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert not wrong and not shared, (wrong, shared)
for k in range(NAMES):
    shared[f"key {k}"] = k
assert list(shared.values()) == list(range(NAMES))
