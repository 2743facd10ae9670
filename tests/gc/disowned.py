"""What a container has outgrown, or was cleared of, is gone after the next collection of young
objects, though the container is old; nothing is lost that an iterator or an operation at work still
looks at."""
import array
import mmap
import sys
from collections import deque

with open("/proc/self/statm") as statm:
    if int(statm.read().split()[0]) * mmap.PAGESIZE > 1 << 30:
        sys.exit(77)  # a sanitizer has its own memory
MEGABYTES = 8  # the buffer, and what replaces it; the outgrown ones would be 9 times as much


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon:")) / 1024


def most_of(grow, rounds):
    """How much more memory there was than at first while something grew and garbage was made
    meanwhile."""
    before, most = resident(), 0
    for i in range(rounds):
        grow(i)
        str(i).join(("garbage" * 200, "*"))
        if i % 512 == 0:
            most = max(most, resident() - before)
    return most


def check_growth():
    buffer = bytearray()
    more = most_of(lambda i: buffer.extend(b"0123456789abcdef" * 3), 30_000)
    assert len(buffer) == 48 * 30_000 and buffer[-1] == ord("f")
    assert more <= MEGABYTES, f"bytearray: {more:.1f} MB more"
    numbers = array.array("q")
    more = most_of(lambda i: numbers.extend((i, i, i, i, i)), 30_000)
    assert numbers[::5].tolist() == list(range(30_000))
    assert more <= MEGABYTES, f"array: {more:.1f} MB more"


def check_contents():
    items, ring, table = [], deque(), set()
    looking = iter(items)
    for i in range(40_000):
        items.append(str(i))
        ring.append(items[-1])
        table.add(items[-1])
        assert next(looking) == str(i)
    assert list(ring) == items and table == set(items)
    for _ in range(3):
        table &= set(items)  # takes the other's table
        copy = [x + "" for x in items]
        copy.sort(key=lambda x: (x[-1], x))
        copy.sort(reverse=True)
        items.clear()
        items += map(str, range(40_000))
        table.update(items + copy)
        assert len(table) == 40_000 and sorted(copy) == sorted(items) == sorted(table)
    table.clear()
    ring.extend(items)
    assert len(ring) == 80_000 and ring[-1] == "39999" and not table


check_growth()
check_contents()
