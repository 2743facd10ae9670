"""Text: split, join, find, replace, format, strip, slices, encode, translate, building up."""
N = 50_000

WORDS = "the quick brown fox jumps over the lazy dog while seven wizards box a quacking jinx".split()


def run(n):
    total = 0
    table = str.maketrans("aeiou", "12345")
    built = ""
    for i in range(n):
        line = " ".join(WORDS[i % 7:]) + f" {i:>8,} {i / 7:.3f} %s %d" % (WORDS[i % 5], i)
        parts = line.split()
        total += len(parts) + line.count("o") + line.find("jinx") + line.rfind("x")
        total += len(line.upper().title().swapcase().strip("T ")) + line.startswith("quick")
        total += len(line.replace("the", "THE").translate(table))
        head, _, tail = line.partition("lazy")
        total += len(head) - len(tail) + len(line[::2]) + len(line[-10:])
        built += parts[i % len(parts)]
        total += sum(1 for c in line if c.isalpha())
        total += len("{:<10}|{:^10}|{!r}".format(parts[0], i, parts[-1]))
        total += len(line.encode()) + len("é€" + line) + ("wiz" in line) + (line < "m")
        total += sum(map(len, "a,b,,c\n".strip().split(","))) + len("x".join("abc").zfill(9))
        for w in WORDS:
            if w.endswith(("ing", "ck")) or w.isdigit():
                total += ord(w[0])
    return total + len(built)


if __name__ == "__main__":
    print(run(N))
