"""Threads change the sizes of buffers of their own after temporary views: none is refused, whatever the others do."""
import threading


def work(done):
    buffer = bytearray()
    for i in range(1000):
        buffer += b"x" * 100
        memoryview(buffer)[:90].tobytes()
        del buffer[:100]
        buffer.extend(b"abc")
        bytes(memoryview(buffer))
        buffer.clear()
    done.append(True)


done = []
threads = [threading.Thread(target=work, args=(done,)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(done) == 4, done
