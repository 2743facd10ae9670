"""Coverage-guided fuzzing: an input that leads where none has been before joins the originals of
those that follow.

The interpreter, built with the preset coverage, notes in a file where it has been (coverage.c).
What is found is kept in the folder `corpus` from batch to batch.
"""
import mmap
import os
import zlib

MAP_SIZE = 1 << 14
MAX_INPUT = 1 << 16
VARIABLE = "TYPHON_COVERAGE"


def prepare(folder):
    """The files of a run; returns what the environment of the interpreter gets."""
    os.mkdir(os.path.join(folder, "corpus"))
    for name in ("coverage", "seen"):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(bytes(MAP_SIZE))
    return {VARIABLE: os.path.join(folder, "coverage")}


def summary(folder):
    with open(os.path.join(folder, "seen"), "rb") as f:
        places = MAP_SIZE - f.read().count(0)
    return (f"{places} of {MAP_SIZE} marks, {len(os.listdir(os.path.join(folder, 'corpus')))} "
            f"inputs that led to new ones")


def failed_input(folder, number):
    """The bytes of the input that was unclean, or that the child was at."""
    path = os.path.join(folder, f"unclean{number}")
    with open(path if os.path.exists(path) else os.path.join(folder, "current"), "rb") as f:
        return f.read()


class Guide:
    def __init__(self, folder, originals):
        with open(os.environ[VARIABLE], "r+b") as f:
            self.map = mmap.mmap(f.fileno(), MAP_SIZE)
        self.folder, self.originals, self.trails = folder, originals, set()
        self.current = os.open(os.path.join(folder, "current"), os.O_RDWR | os.O_CREAT, 0o666)
        with open(os.path.join(folder, "seen"), "rb") as f:
            self.seen = int.from_bytes(f.read(), "little")
        corpus = os.path.join(folder, "corpus")
        for name in sorted(os.listdir(corpus)):
            with open(os.path.join(corpus, name), "rb") as f:
                originals.append(f.read())

    def begin(self, data):
        os.ftruncate(self.current, 0)
        os.pwrite(self.current, data, 0)
        self.map[:] = bytes(MAP_SIZE)

    def end(self, number, data, result):
        if result.startswith("unclean"):
            self.keep(f"unclean{number}", data)
        trail = zlib.crc32(self.map)  # most inputs go where others went
        if trail in self.trails:
            return
        self.trails.add(trail)
        now = int.from_bytes(self.map, "little") | self.seen
        if now != self.seen and len(data) <= MAX_INPUT:
            self.seen = now
            self.keep("seen", now.to_bytes(MAP_SIZE, "little"))
            self.keep(f"corpus/{number:09}", data)
            self.originals.append(data)

    def keep(self, name, data):
        with open(os.path.join(self.folder, name), "wb") as f:
            f.write(data)
