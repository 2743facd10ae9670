"""Local time: offsets at the moments they change, zones that change while the program runs, several threads."""
import datetime
import os
import threading
import time


def zone(name):
    os.environ["TZ"] = name
    time.tzset()


BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
ST_JOHNS = "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01"  # not at whole hours
MARCH, OCTOBER = 1711846800, 1729990800  # 2024-03-31 01:00 and 2024-10-27 01:00 UTC


def hour(seconds):
    t = time.localtime(seconds)
    return t.tm_hour, t.tm_min, t.tm_sec, t.tm_isdst, t.tm_gmtoff, t.tm_zone


zone(BERLIN)
for _ in range(2):
    assert hour(MARCH - 1) == (1, 59, 59, 0, 3600, "CET")
    assert hour(MARCH) == (3, 0, 0, 1, 7200, "CEST")
    assert hour(OCTOBER - 1) == (2, 59, 59, 1, 7200, "CEST")
    assert hour(OCTOBER) == (2, 0, 0, 0, 3600, "CET")
    assert datetime.datetime.fromtimestamp(OCTOBER - 3600).fold == 0
    assert datetime.datetime.fromtimestamp(OCTOBER).fold == 1
    assert tuple(time.localtime(1709251199)) == (2024, 3, 1, 0, 59, 59, 4, 61, 0)
    assert tuple(time.gmtime(1709251199)) == (2024, 2, 29, 23, 59, 59, 3, 60, 0)
    assert time.gmtime(1709251199).tm_zone == "GMT" == time.gmtime(0).tm_zone and time.gmtime(0).tm_gmtoff == 0
    for x in (-1, 0, 946684799, 946684800, 4102444799, 4102444800, 253402200000):
        assert datetime.datetime.fromtimestamp(x) == datetime.datetime(1970, 1, 1) + datetime.timedelta(
            seconds=x + time.localtime(x).tm_gmtoff), x
        assert datetime.datetime.utcfromtimestamp(x) == datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=x), x
        g = time.gmtime(x)
        assert datetime.datetime(*g[:6]).timetuple()[6:8] == g[6:8] and g[6:8] == datetime.date(*g[:3]).timetuple()[6:8]

zone(ST_JOHNS)
spring = 1710041460  # 2024-03-10 00:01 NST is 03:31 UTC
for _ in range(2):
    at = time.localtime(spring)
    before = time.localtime(spring - 1)
    assert (before.tm_hour, before.tm_min, before.tm_sec, before.tm_isdst) == (0, 0, 59, 0), before
    assert (at.tm_hour, at.tm_min, at.tm_sec, at.tm_isdst) == (1, 1, 0, 1), at

# what TZ says counts from the next tzset() on, which some functions of the C library call
os.environ["TZ"] = "UTC"
assert time.localtime(spring).tm_gmtoff == -9000
time.mktime((2024, 1, 1, 0, 0, 0, 0, 0, -1))
assert time.localtime(spring).tm_gmtoff == 0
os.environ["TZ"] = BERLIN
time.mktime((2024, 1, 1, 0, 0, 0, 0, 0, -1))
assert time.localtime(spring).tm_gmtoff == 3600


def look(seen):
    for i in range(3000):
        t = time.localtime(MARCH + i % 7)
        seen.add((t.tm_gmtoff, t.tm_hour, t.tm_sec - i % 7))


seen = [set() for _ in range(4)]
threads = [threading.Thread(target=look, args=(s,)) for s in seen]
for t in threads:
    t.start()
for i in range(20):
    zone("UTC")
    zone(BERLIN)
for t in threads:
    t.join()
assert set().union(*seen) <= {(7200, 3, 0), (0, 1, 0)}, seen
assert hour(MARCH) == (3, 0, 0, 1, 7200, "CEST")
