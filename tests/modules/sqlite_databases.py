"""sqlite3: statements, rows, types, functions in Python, hooks, blobs, images, errors."""
import gc
import os
import resource
import sqlite3
import tempfile
import unittest


class DatabaseTest(unittest.TestCase):
    def setUp(self):
        self.con = sqlite3.connect(":memory:")
        self.addCleanup(self.con.close)
        self.con.execute("create table t(a integer, b text)")


class Statements(DatabaseTest):
    def test_rows(self):
        cur = self.con.executemany("insert into t values (?, ?)", ((i, str(i)) for i in range(5)))
        self.assertEqual(cur.rowcount, 5)
        cur.execute("select a, b from t where a > :least order by a", {"least": 1})
        self.assertEqual([column[0] for column in cur.description], ["a", "b"])
        self.assertEqual(cur.fetchone(), (2, "2"))
        self.assertEqual(cur.fetchmany(1), [(3, "3")])
        self.assertEqual(cur.fetchall(), [(4, "4")])
        self.assertIsNone(cur.fetchone())

    def test_types(self):
        values = [None, -1, 2**63 - 1, 1.5, "täxt\U0001f600\0", b"\0\xff", b"", ""]
        for v in values:
            self.assertEqual(self.con.execute("select ?", (v,)).fetchone(), (v,))
        with self.assertRaises(OverflowError):
            self.con.execute("select ?", (2**63,))
        with self.assertRaisesRegex(sqlite3.ProgrammingError, "type 'object' is not supported"):
            self.con.execute("select ?", (object(),))

    def test_row_factory(self):
        self.con.row_factory = sqlite3.Row
        row = self.con.execute("select 1 as a, 2 as b").fetchone()
        self.assertEqual((row["A"], row[1], row.keys(), tuple(row)), (1, 2, ["a", "b"], (1, 2)))
        self.assertEqual(hash(row), hash(self.con.execute("select 1 as a, 2 as b").fetchone()))
        with self.assertRaises(IndexError):
            row["c"]

    def test_transactions(self):
        self.con.execute("insert into t values (1, 'x')")
        self.assertTrue(self.con.in_transaction)
        self.con.rollback()
        self.assertEqual(self.con.execute("select count(*) from t").fetchone(), (0,))
        with self.assertRaises(ZeroDivisionError), self.con:
            self.con.execute("insert into t values (1, 'x')")
            1 / 0
        with self.con:
            self.con.execute("insert into t values (2, 'y')")
        self.assertEqual(self.con.execute("select a from t").fetchall(), [(2,)])

    def test_errors(self):
        with self.assertRaises(sqlite3.OperationalError) as caught:
            self.con.execute("select * from nothing")
        self.assertEqual(caught.exception.sqlite_errorname, "SQLITE_ERROR")
        with self.assertRaisesRegex(sqlite3.ProgrammingError, "one statement at a time"):
            self.con.execute("select 1; select 2")
        self.con.close()
        with self.assertRaisesRegex(sqlite3.ProgrammingError, "closed database"):
            self.con.execute("select 1")

    def test_abandoned_cursors(self):
        """What nobody reads on does not lock tables."""
        self.con.executemany("insert into t values (?, '')", [(i,) for i in range(9)])
        self.con.commit()
        for _ in range(3):
            self.assertEqual(self.con.execute("select a from t").fetchone(), (0,))
        self.con.execute("drop table t")

    def test_same_statement_twice(self):
        self.con.executemany("insert into t values (?, '')", [(1,), (2,)])
        first, second = self.con.execute("select a from t"), self.con.execute("select a from t")
        self.assertEqual(list(zip(first, second)), [((1,), (1,)), ((2,), (2,))])


class Sum:
    def __init__(self):
        self.sum = 0

    def step(self, v):
        self.sum += v

    def inverse(self, v):
        self.sum -= v

    def value(self):
        return self.sum

    finalize = value


class Callbacks(DatabaseTest):
    def setUp(self):
        super().setUp()
        self.con.executemany("insert into t values (?, ?)", [(i, "xyz"[i]) for i in range(3)])

    def test_functions(self):
        self.con.create_function("both", 2, lambda a, b: (gc.collect(), f"{a}{b}")[1])
        self.assertEqual(self.con.execute("select both(a, b) from t").fetchall(),
                         [("0x",), ("1y",), ("2z",)])
        self.con.create_function("fail", 0, lambda: 1 / 0)
        with self.assertRaisesRegex(sqlite3.OperationalError, "function raised exception"):
            self.con.execute("select fail()")

    def test_reentrant(self):
        """A function may use the connection that calls it."""
        self.con.create_function("count_t", 0, lambda: self.con.execute(
            "select count(*) from t").fetchone()[0])
        self.assertEqual(self.con.execute("select a + count_t() from t").fetchall(),
                         [(3,), (4,), (5,)])

    def test_aggregates(self):
        self.con.create_aggregate("total_of", 1, Sum)
        self.assertEqual(self.con.execute("select total_of(a) from t").fetchone(), (3,))
        self.con.create_window_function("running", 1, Sum)
        rows = self.con.execute("select running(a) over (order by a rows between 1 preceding and "
                                "current row) from t").fetchall()
        self.assertEqual(rows, [(0,), (1,), (3,)])

    def test_collation(self):
        self.con.create_collation("backwards", lambda a, b: (a < b) - (a > b))
        rows = self.con.execute("select b from t order by b collate backwards").fetchall()
        self.assertEqual(rows, [("z",), ("y",), ("x",)])

    def test_hooks(self):
        seen = []
        self.con.set_trace_callback(seen.append)
        self.con.execute("select ?", (5,))
        self.con.set_trace_callback(None)
        self.assertEqual(seen, ["select 5"])
        self.con.set_authorizer(lambda action, *rest: sqlite3.SQLITE_DENY)
        with self.assertRaisesRegex(sqlite3.DatabaseError, "not authorized"):
            self.con.execute("select a from t")
        self.con.set_authorizer(None)
        self.con.set_progress_handler(lambda: True, 1)
        with self.assertRaisesRegex(sqlite3.OperationalError, "interrupted"):
            self.con.execute("select a from t").fetchall()

    def test_adapters(self):
        class Point:
            def __init__(self, x, y):
                self.x, self.y = x, y

            def __conform__(self, protocol):
                return f"{self.x};{self.y}" if protocol is sqlite3.PrepareProtocol else None

        sqlite3.register_converter("point", lambda b: Point(*map(int, b.split(b";"))))
        con = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
        self.addCleanup(con.close)
        con.execute("create table p(p point)")
        con.execute("insert into p values (?)", (Point(3, 4),))
        point = con.execute("select p from p").fetchone()[0]
        self.assertEqual((point.x, point.y), (3, 4))


class Images(DatabaseTest):
    def test_blob(self):
        self.con.execute("insert into t values (1, zeroblob(8))")
        with self.con.blobopen("t", "b", 1) as blob:
            blob.write(b"abc")
            blob[4:8:2] = b"XY"
            self.assertEqual((blob.tell(), len(blob), blob[0]), (3, 8, ord("a")))
        self.assertEqual(self.con.execute("select b from t").fetchone(), (b"abc\0X\0Y\0",))
        with self.assertRaisesRegex(sqlite3.ProgrammingError, "closed blob"):
            blob.read()

    def test_copies(self):
        self.con.execute("insert into t values (1, 'x')")
        self.con.commit()
        other, third = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
        self.addCleanup(other.close)
        self.addCleanup(third.close)
        self.con.backup(other)
        third.deserialize(self.con.serialize())
        for con in other, third:
            self.assertEqual(con.execute("select * from t").fetchall(), [(1, "x")])
        self.assertIn("CREATE TABLE t(a integer, b text);", list(other.iterdump()))

    def test_forgotten_connections(self):
        """A connection that nobody closed does not keep others waiting for long."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "db")
            con = sqlite3.connect(path)
            self.addCleanup(con.close)
            con.execute("create table t(a)")

            def forget():
                sqlite3.connect(path).execute("insert into t values (1)")

            forget()
            gc.collect()
            con.execute("insert into t values (2)")
            con.commit()
            self.assertEqual(con.execute("select a from t").fetchall(), [(2,)])

    def test_many_forgotten_connections(self):
        """Files of connections that nobody refers to any more are closed when there are too
        many."""
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, limits[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "db")
            sqlite3.connect(path).execute("create table t(a)")
            for _ in range(300):
                self.assertIsNone(sqlite3.connect(path).execute("select * from t").fetchone())


if __name__ == "__main__":
    unittest.main()
