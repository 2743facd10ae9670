"""Runs one module of the reference suite inside the interpreter under test: `INTERP _child.py
MODULE RESULTS`.

Appends one line per finished test to the file RESULTS, so that a crash loses nothing:
"STATUS<TAB>ID" with a status of ok, fail, error, skip, xfail or xpass; "end" when the module has
run to its end.  Tracebacks go to standard error.
"""
import os
import sys
import unittest


class Recorder(unittest.TestResult):
    def __init__(self, path):
        super().__init__()
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.subtest_failed = False

    def line(self, text):
        os.write(self.file, (text + "\n").encode("utf-8", "backslashreplace"))

    def record(self, status, test, error=None):
        self.line(f"{status}\t{type(test).id(test)}")  # tests may have an attribute id
        if error:
            self.explain(test, error)

    def explain(self, test, error):
        try:
            text = self._exc_info_to_string(error, test)
        except BaseException as e:
            text = f"{error[1]!r}, and its traceback cannot be shown: {e!r}\n"
        sys.stdout.flush()
        sys.stderr.write(f"==== {type(test).id(test)}\n{text}")
        sys.stderr.flush()

    def startTest(self, test):
        super().startTest(test)
        self.subtest_failed = False

    def addSuccess(self, test):
        super().addSuccess(test)
        if not self.subtest_failed:
            self.record("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.record("fail", test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.record("error", test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.record("skip", test)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.record("xfail", test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.record("xpass", test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            if not self.subtest_failed:
                self.record("fail", test)
            self.subtest_failed = True
            self.explain(subtest, err)


def main():
    module, path = sys.argv[1:]
    del sys.argv[1:]
    import test.support
    test.support.use_resources = []
    test.support.verbose = 0
    recorder = Recorder(path)
    unittest.defaultTestLoader.loadTestsFromName("test." + module).run(recorder)
    recorder.line("end")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that failed tests left behind are not waited for


if __name__ == "__main__":
    main()
