"""A view that was a temporary keeps no stream open, also when close() is called for the first time: the way to it has room for more
arguments than there are, in which the address of the view may lie."""
import io

saved = []


def look(stream):
    stream.getbuffer()[0]


def tried(stream):
    try:
        look(stream)
    except IndexError as e:
        pass


def case(n, f):
    try:
        stream = io.BytesIO()
        f(stream)
        stream.close()
        saved.append(n)
    except BufferError as e:
        raise AssertionError(n) from e


for i in range(1, 4):
    case(1, globals()["trie%s" % "d"])
