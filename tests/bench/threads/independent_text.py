"""Independent work: regular expressions, splitting, formatting, sorting."""
import re

from _harness import main

N = 20_000
LINE = "2024-03-17 12:44:01 INFO worker-3: GET /items/4711?sort=asc&page=2 200 17ms user=alice@example.org " * 4


def work(n):
    word = re.compile(r"[a-z]+")
    total = 0
    for i in range(n):
        words = word.findall(LINE) + LINE.split()
        words.sort(key=len)
        total += len(" ".join(words).replace("a", "bb")) + len(f"{i:08d}|{words[0]:>10}")
        total += sum(map(ord, LINE)) % 100
    return total


main(work, N)
