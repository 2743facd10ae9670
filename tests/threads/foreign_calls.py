"""Foreign functions called from several threads, callbacks in threads of Python and of C, shared
instances."""
import gc
import threading
import unittest
from ctypes import *

from _util import run

libc = CDLL(None)
COMPARE = CFUNCTYPE(c_int, POINTER(c_int), POINTER(c_int))


class CallTest(unittest.TestCase):
    def test_blocking(self):
        """A thread that waits in a foreign function holds no other one up."""
        pipe = (c_int * 2)()
        libc.pipe(pipe)
        buf = create_string_buffer(1)
        read = libc.read

        def reader(k):
            return read(pipe[0], buf, 1)

        def writer(k):
            for _ in range(3):
                gc.collect()
            return libc.write(pipe[1], b"x", 1)
        self.assertEqual(run(reader, writer), [1, 1])
        self.assertEqual(buf.raw, b"x")
        libc.close(pipe[0])
        libc.close(pipe[1])

    def test_errno_is_per_thread(self):
        def worker(k):
            for i in range(2000):
                set_errno(k * 10000 + i)
                if get_errno() != k * 10000 + i:
                    return False
            return True
        self.assertTrue(all(run(worker, each=4)))


class CallbackTest(unittest.TestCase):
    def test_sort(self):
        def worker(k):
            for _ in range(50):
                a = (c_int * 30)(*[(i * 7919 + k) % 31 for i in range(30)])
                libc.qsort(a, 30, sizeof(c_int), COMPARE(lambda x, y: x[0] - y[0]))
                if list(a) != sorted(a):
                    return False
            return True
        self.assertTrue(all(run(worker, each=4)))

    def test_thread_of_c(self):
        """Threads that pthread_create() makes call back."""
        start = CFUNCTYPE(c_void_p, c_void_p)
        seen, lock = [], threading.Lock()

        def body(arg):
            objects = [[i] for i in range(1000)]
            with lock:
                seen.append((arg, len(objects), threading.get_ident()))
            return arg
        entry = start(body)
        ids = (c_ulong * 4)()
        for i in range(4):
            self.assertEqual(libc.pthread_create(byref(ids, i * sizeof(c_ulong)), None, entry,
                                                 c_void_p(i + 1)), 0)
        gc.collect()
        result = c_void_p()
        joined = []
        for i in range(4):
            libc.pthread_join(c_ulong(ids[i]), byref(result))
            joined.append(result.value)
        self.assertEqual(joined, [1, 2, 3, 4])
        self.assertEqual(sorted(s[:2] for s in seen), [(1, 1000), (2, 1000), (3, 1000), (4, 1000)])
        self.assertNotIn(threading.get_ident(), [s[2] for s in seen])


class SharedTest(unittest.TestCase):
    def test_classes(self):
        """One array and one pointer type per C type, whoever asks first."""
        class S(Structure):
            _fields_ = [("n", c_int)]
        kinds = run(lambda k: (S * 5, POINTER(S)), each=4)
        self.assertEqual(len({kind[1] for kind in kinds}), 1)
        for array, pointer_type in kinds:
            self.assertEqual(sizeof(array), 20)

    def test_fields_set_once(self):
        for _ in range(50):
            class S(Structure):
                pass

            def worker(k):
                try:
                    S._fields_ = [("n", c_int * (k + 1))]
                    return k + 1
                except AttributeError:
                    return 0
            sizes = [n for n in run(worker, each=4) if n]
            self.assertEqual(len(sizes), 1)
            self.assertEqual(sizeof(S), 4 * sizes[0])

    def test_resized(self):
        s = create_string_buffer(100)

        def grow(k):
            for size in range(100, 4000, 50):
                resize(s, size + k)

        def look(k):
            for _ in range(300):
                memoryview(s).nbytes
                bytes(s)
                s.value = b"y" * 100
                s[99]
        run(grow, look, look)
        self.assertEqual(s.raw[:100], b"y" * 100)

    def test_kept_objects(self):
        table = (c_char_p * 64)()

        def worker(k):
            for i in range(2000):
                table[(i * 7 + k) % 64] = b"text %d" % i
                v = table[i % 64]
        run(worker, each=4)
        gc.collect()
        self.assertTrue(all(v.startswith(b"text ") for v in table))


if __name__ == "__main__":
    unittest.main()
