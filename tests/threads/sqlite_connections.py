"""sqlite3: threads share a connection, its cursors and functions, or have their own to one file."""
import gc
import os
import sqlite3
import sys
import tempfile
import threading
import unittest

THREADS = 4
ROUNDS = 60


def run(worker):
    errors = []

    def guarded(i):
        try:
            worker(i)
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class SqliteThreads(unittest.TestCase):
    def test_one_connection(self):
        con = sqlite3.connect(":memory:", check_same_thread=False)
        self.addCleanup(con.close)
        con.create_function("double_of", 1, lambda v: 2 * v)
        con.execute("create table t(worker, v)")

        def worker(i):
            for v in range(ROUNDS):
                con.execute("insert into t values (?, double_of(?))", (i, v))
                con.execute("select v from t where worker = ?", (i,)).fetchone()
                if v % 20 == 0:
                    gc.collect()

        run(worker)
        rows = con.execute("select worker, count(*), sum(v) from t group by worker").fetchall()
        self.assertEqual(rows, [(i, ROUNDS, ROUNDS * (ROUNDS - 1)) for i in range(THREADS)])

    @unittest.skipIf(sys.implementation.name == "cpython", "waits for ever or breaks")
    def test_row_factory(self):
        """What a row is made by changes while rows are fetched."""
        con = sqlite3.connect(":memory:", check_same_thread=False)
        self.addCleanup(con.close)
        cursor = con.cursor()

        def worker(i):
            for _ in range(ROUNDS):
                if i % 2:
                    cursor.row_factory = sqlite3.Row
                    cursor.row_factory = None
                else:
                    try:
                        row = cursor.execute("select 1").fetchone()
                    except sqlite3.ProgrammingError:
                        continue  # the other one's use
                    self.assertIn(row and tuple(row), (None, (1,)))

        run(worker)

    def test_own_connections(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "db")
            with sqlite3.connect(path) as con:
                con.execute("create table t(v)")
            con.close()

            def worker(i):
                own = sqlite3.connect(path, timeout=60, isolation_level="IMMEDIATE")
                for _ in range(10):
                    with own:
                        own.execute("insert into t values (?)", (i,))
                own.close()

            run(worker)
            con = sqlite3.connect(path)
            self.assertEqual(con.execute("select count(*) from t").fetchone(), (10 * THREADS,))
            con.close()

    @unittest.skipIf(sys.implementation.name == "cpython", "refuses or misreads what comes at once")
    def test_one_cursor(self):
        """Every row goes to one thread."""
        con = sqlite3.connect(":memory:", check_same_thread=False)
        self.addCleanup(con.close)
        con.execute("create table t(v)")
        con.executemany("insert into t values (?)", ((v,) for v in range(500)))
        cursor = con.execute("select v from t")
        seen = [[] for _ in range(THREADS)]

        def worker(i):
            while True:
                row = cursor.fetchone()
                if row is None:
                    break
                seen[i].append(row[0])

        run(worker)
        self.assertEqual(sorted(sum(seen, [])), list(range(500)))

    def test_other_thread(self):
        con = sqlite3.connect(":memory:")
        self.addCleanup(con.close)
        with self.assertRaisesRegex(sqlite3.ProgrammingError, "same thread"):
            run(lambda i: con.execute("select 1"))

    def test_interrupt(self):
        con = sqlite3.connect(":memory:", check_same_thread=False)
        self.addCleanup(con.close)
        begun = threading.Event()
        con.create_function("begun", 0, lambda: begun.set() or 1)
        endless = ("with recursive n(i) as (select begun() union all select i + 1 from n) "
                   "select sum(i) from n")

        def stop():
            begun.wait()
            con.interrupt()

        stopper = threading.Thread(target=stop)
        stopper.start()
        with self.assertRaisesRegex(sqlite3.OperationalError, "interrupted"):
            con.execute(endless)
        stopper.join()


if __name__ == "__main__":
    unittest.main()
