"""What came of the inputs of a batch, in a file that two processes map: so it outlives a crash.

Each input has 16 bits: 0 not tried, 65535 being tried, or the line of the file `kinds`, from 1,
that tells its result.
"""
import mmap
import os

UNTRIED, STARTED = 0, 0xFFFF


class Results:
    def __init__(self, folder, first, count, new=False):
        self.first, self.count = first, count
        self.kinds_path = os.path.join(folder, "kinds")
        self.kinds = {}
        path = os.path.join(folder, "results")
        if new:
            for name, data in ((path, bytes(2 * count)), (self.kinds_path, b"")):
                with open(name, "wb") as f:
                    f.write(data)
        with open(path, "r+b") as f:
            self.codes = memoryview(mmap.mmap(f.fileno(), 2 * count)).cast("H")
        if not new:
            self.kinds = {text: i for i, text in enumerate(self.texts(), 1)}

    def texts(self):
        with open(self.kinds_path, encoding="utf-8", errors="backslashreplace") as f:
            return f.read().split("\n")[:-1]

    def start(self, number):
        self.codes[number - self.first] = STARTED

    def end(self, number, text):
        code = self.kinds.get(text)
        if code is None:
            code = self.kinds[text] = len(self.kinds) + 1
            with open(self.kinds_path, "ab") as f:
                f.write(text.replace("\n", " ").encode("utf-8", "backslashreplace") + b"\n")
        self.codes[number - self.first] = code

    def current(self):
        """The number of the input being tried; None: there is none."""
        for i, code in enumerate(self.codes):
            if code == STARTED:
                return self.first + i
            if code == UNTRIED:
                return None
        return None

    def known(self):
        """(number, text) of those that have ended."""
        texts = self.texts()
        for i, code in enumerate(self.codes):
            if code not in (UNTRIED, STARTED):
                yield self.first + i, texts[code - 1]
