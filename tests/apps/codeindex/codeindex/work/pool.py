"""A pool of threads that take files from one queue, the largest first."""
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

from ..index.builder import index_file
from ..model.partial import PartialIndex


class Pool:
    def __init__(self, threads):
        self.threads = threads

    def run(self, files):
        """Index all files; returns the partial indexes."""
        work = queue.SimpleQueue()
        for f in sorted(files, key=lambda f: (-f.size, f.module)):
            work.put(f)
        with ThreadPoolExecutor(self.threads, thread_name_prefix="index") as executor:
            futures = [executor.submit(self.work_off, work) for _ in range(self.threads)]
            return [future.result() for future in futures]

    @staticmethod
    def work_off(work):
        partial = PartialIndex()
        threading.current_thread().partial = partial
        while True:
            try:
                source = work.get_nowait()
            except queue.Empty:
                return partial
            index_file(source, partial)
