# ZoneInfo in C: tables and rules of a file made here, caches, pickling, subclasses, many threads.
import copy
import gc
import io
import pickle
import struct
import sys
import threading
import zoneinfo
from _zoneinfo import ZoneInfo
from datetime import datetime, timedelta, timezone

assert zoneinfo.ZoneInfo is ZoneInfo
HOUR = timedelta(hours=1)


def zone_file(types, transitions, rule=b""):
    """A version 2 file: types (offset, is_dst, name), transitions (time, type)."""
    names, at = b"", []
    for _, _, name in types:
        at.append(len(names))
        names += name.encode() + b"\0"
    head = b"TZif2" + bytes(15)
    body = (b"".join(struct.pack(">q", when) for when, _ in transitions)
            + bytes(kind for _, kind in transitions))
    body += b"".join(struct.pack(">lbb", offset, dst, i) for (offset, dst, _),
                     i in zip(types, at)) + names
    counts = struct.pack(">6l", 0, 0, 0, len(transitions), len(types), len(names))
    return io.BytesIO(head + bytes(24) + head + counts + body + b"\n" + rule + b"\n")


def at(zone, *when, fold=0):
    dt = datetime(*when, fold=fold)
    return zone.tzname(dt), zone.utcoffset(dt) // HOUR, zone.dst(dt) // HOUR


# a table without a rule behind it, then with one
TYPES = [(3600, 0, "WIN"), (7200, 1, "SUM")]
MARCH, OCTOBER = (int(datetime(2001, m, d, 1, tzinfo=timezone.utc).timestamp()) for m,
                  d in ((3, 25), (10, 28)))
for rule, later in ((b"", ("WIN", 1, 0)), (b"WIN-1SUM,M3.5.0,M10.5.0/3", ("SUM", 2, 1))):
    zone = ZoneInfo.from_file(zone_file(TYPES, [(MARCH, 1), (OCTOBER, 0)], rule), key="Test")
    assert at(zone, 1990, 7, 1) == ("WIN", 1, 0) and at(zone, 2001, 7, 1) == ("SUM", 2, 1)
    assert (at(zone, 2001, 3, 25, 2, 30) == ("WIN", 1, 0)
            and at(zone, 2001, 3, 25, 2, 30, fold=1) == ("SUM", 2, 1))
    assert (at(zone, 2001, 10, 28, 2, 30) == ("SUM", 2, 1)
            and at(zone, 2001, 10, 28, 2, 30, fold=1) == ("WIN", 1, 0))
    assert at(zone, 2030, 7, 1) == later and at(zone, 2030, 12, 1) == ("WIN", 1, 0)
    assert zone.utcoffset(None) is zone.dst(None) is zone.tzname(None) is None
    local = [datetime.fromtimestamp(OCTOBER + s, timezone.utc).astimezone(zone)
             for s in (-1800, 0, 1800)]
    assert [(x.hour, x.minute, x.fold) for x in local] == [(2, 30, 0), (2, 0, 1), (2, 30, 1)], local
zone = ZoneInfo.from_file(zone_file([], [], b"<-03>3"))
assert (zone.utcoffset(None) == -3 * HOUR and zone.tzname(None) == "-03"
        and zone.dst(datetime.max) == timedelta(0))
assert repr(zone).startswith("zoneinfo.ZoneInfo.from_file(<_io.BytesIO") and str(zone) == repr(zone)
for wrong in (b"WIN25", b"WIN-1SUM", b"WIN-1SUM,M3.5.0", b"WIN-1SUM,M13.5.0,M1.1.1",
              b"WIN-1SUM,J0,J5"):
    try:
        ZoneInfo.from_file(zone_file(TYPES, [], wrong))
    except ValueError as e:
        assert wrong.decode() in str(e), e
    else:
        assert False, wrong
for function in (copy.copy, pickle.dumps):
    try:
        function(zone)
    except pickle.PicklingError:
        continue
    assert False, function

# the methods want datetimes of this zone
for wrong, kind in ((5, TypeError), (datetime(2000, 1, 1), ValueError)):
    try:
        zone.fromutc(wrong)
    except kind:
        continue
    assert False, wrong
try:
    zone.utcoffset("text")
except AttributeError as e:
    assert str(e) == "'str' object has no attribute 'toordinal'"
else:
    assert False

# one object for a key, but not from no_cache(), a subclass or a file
try:
    utc = ZoneInfo("UTC")
except zoneinfo.ZoneInfoNotFoundError:
    raise SystemExit(77)
assert (ZoneInfo(key="UTC") is utc is ZoneInfo("UTC") is pickle.loads(pickle.dumps(utc))
        and utc.key == str(utc) == "UTC")
own = ZoneInfo.no_cache("UTC")
assert (own is not utc and pickle.loads(pickle.dumps(own)) is not own
        and repr(own) == "zoneinfo.ZoneInfo(key='UTC')")


class Sub(ZoneInfo):
    def __new__(cls, key):
        zone = super().__new__(cls, key)
        zone.note = key.lower()
        return zone


assert Sub("UTC") is Sub("UTC") is not utc and Sub("UTC").note == "utc"
Sub.clear_cache(only_keys=["UTC", "other"])
ZoneInfo.clear_cache(only_keys=iter(["UTC"]))
assert ZoneInfo("UTC") is not utc
utc = ZoneInfo("UTC")
ZoneInfo.clear_cache()
assert ZoneInfo("UTC") is not utc
gc.collect()
for wrong in (b"\0", "../UTC", 5):
    try:
        ZoneInfo(wrong)
    except (TypeError, ValueError):
        continue
    assert False, wrong

# threads that ask for the same keys get the same zones
keys = ["UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York", "Africa/Lagos"] * 3
found = []


def ask():
    found.append([ZoneInfo(key) for key in keys])


threads = [threading.Thread(target=ask) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(found) == 6 and all(a is b for row in found for a, b in zip(row, found[0]))

# also when another one asks while the first one is about to remember it, at whatever moment (the
# reference has two operations there)
if sys.implementation.name == "typhon":
    class Key(str):
        hashed = 0

        def __hash__(self):
            self.hashed += 1
            if self.hashed == self.moment:
                between.append(ZoneInfo(str(self)))
            return str.__hash__(self)

    for moment in range(1, 9):
        ZoneInfo.clear_cache()
        between, key = [], Key("Asia/Kolkata")
        key.moment = moment
        zone = ZoneInfo(key)
        assert all(other is zone for other in between), (moment, between)
    assert not between, "not all moments were tried"
