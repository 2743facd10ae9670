"""Words and lines: splitting, joining, searching, replacing, formatting, counting."""
import collections
import io
import string
import textwrap

LINES = [f"{i:05d} host{i % 17}.example.org  GET /path/{i % 93}/item{i} HTTP/1.{i % 2}  {200 + i % 5}\t{i * 37 % 9973}" for i in range(400)]
PROSE = ("It was a bright cold day, and the clocks were striking.  Élan vital, naïve café; "
         "der Fluß fließt, the quick brown fox jumps over the lazy dog. ") * 12


def read_log():
    seen = collections.Counter()
    total = 0
    for line in io.StringIO("\n".join(LINES)):
        number, host, method, path, protocol, status, size = line.split()
        if method == "GET" and path.startswith("/path/") and not path.endswith(".png"):
            seen[host.partition(".")[0]] += 1
            total += int(size)
        key, _, rest = line.strip().partition(" ")
        if "item9" in rest and rest.find("HTTP") > 0:
            total += len(rest.rstrip()) + int(key)
    return seen.most_common(3), total


def words():
    table = str.maketrans("", "", string.punctuation)
    counts = {}
    for word in PROSE.lower().translate(table).split():
        counts[word] = counts.get(word, 0) + 1
    for word in sorted(counts, key=lambda w: (-counts[w], w)):
        if word.isalpha() and word[0] not in "aeiou" and word.isascii():
            counts[word] += len(word.capitalize().center(20, "*"))
    return " ".join(f"{w}={n}" for w, n in counts.items())


def rewrite():
    out = []
    for line in LINES[:150]:
        cells = [c.strip() for c in line.replace("\t", " ").split(" ") if c]
        out.append(",".join(cells).upper())
        out.append("%s|%5d|%-8s|%.2f" % (cells[1], int(cells[0]), cells[2], int(cells[-1]) / 7))
        out.append("{0} {1!r:>20} {name}".format(cells[0], cells[1], name=cells[3]))
        out.append(f"{cells[0]:>8}{float(cells[-1]):10.3f} {int(cells[-1]):x} {len(cells)}")
    out += map(repr, LINES[:60])
    text = "\n".join(out)
    return sum(len(line) for line in text.splitlines()) + text.count("EXAMPLE") + text.rfind("HTTP")


def characters():
    vowels = digits = 0
    out = []
    for c in PROSE:
        if c in "aeiou":
            vowels += 1
        elif c.isdigit():
            digits += 1
        elif c.isspace():
            out.append("_")
        else:
            out.append(c if c < "n" else chr(ord(c) ^ 1))
    joined = "".join(out)
    return (vowels, joined[::-1][:40], joined[5:900:3] == joined,
            PROSE.encode("utf-8").decode("utf-8") == PROSE,
            [(wide * n).encode().decode() == wide * n for n in range(1, 12)
             for wide in ("漢字かな交じり文", "Привет, мир ", "🐍 📦 ")])


def blocks():
    text = ""
    for i in range(300):
        text += str(i) + ";"
    data = bytearray()
    for part in text.encode().split(b";"):
        data += part.rjust(6, b"0")
        data.append(len(part))
    view = memoryview(data)
    return (textwrap.fill(PROSE, 60).count("\n"), sum(view[::5]), bytes(view[3:50]).hex(),
            data.find(b"299"))


def run():
    for _ in range(500):
        read_log(), words(), rewrite(), characters(), blocks()


run()
