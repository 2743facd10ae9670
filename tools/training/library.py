"""Modules that programs use in passing: times, numbers, paths, addresses, caches, threads,
processes of text."""
import asyncio
import bisect
import calendar
import collections
import configparser
import contextlib
import copy
import datetime
import decimal
import enum
import fractions
import functools
import heapq
import html
import io
import ipaddress
import itertools
import logging
import math
import numbers
import operator
import os
import pathlib
import queue
import random
import sqlite3
import statistics
import string
import tempfile
import threading
import time
import types
import typing
import urllib.parse
import weakref
import xml.etree.ElementTree as ET


class Level(enum.IntEnum):
    LOW, HIGH = 1, 2


class Right(enum.Flag):
    READ, WRITE = 1, 2


class Person(typing.NamedTuple):
    name: str
    age: int = 30


def dates():
    day = datetime.date(2024, 2, 28)
    hour = datetime.timedelta(hours=1, minutes=5)
    moment = datetime.datetime(2024, 2, 28, 22, 30, tzinfo=datetime.timezone.utc)
    out = []
    for i in range(30):
        day += datetime.timedelta(days=1)
        moment = moment + hour * 2 - hour / 2
        out.append((day.isoformat(), day.weekday(), day.strftime("%d %b %Y"), moment.isoformat(),
                    str(hour * i), moment < moment + hour))
        out.append(datetime.datetime.fromisoformat(moment.isoformat()) == moment)
        out.append((moment - datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)).total_seconds())
        out += [moment.timestamp(), moment.date() == day, hash(moment), repr(day), day.toordinal(),
                day.isocalendar()[1],
                moment.replace(hour=3).time(), calendar.monthrange(2024, day.month),
                f"{moment:%H:%M}"]
    out.append(datetime.datetime.strptime("2024-05-06 07:08", "%Y-%m-%d %H:%M").astimezone())
    out += [datetime.datetime.now(), datetime.date.today(), time.strftime("%Y", time.gmtime(0)),
            time.localtime(), time.time()]
    return len(out)


def amounts():
    total = decimal.Decimal("0.00")
    part = fractions.Fraction(1, 3)
    for i in range(40):
        price = decimal.Decimal(f"{i}.25")
        total += (price * 3 / 7).quantize(decimal.Decimal("0.01"))
        part = (part + fractions.Fraction(i, 7)) * 2 - 1 if i % 4 else abs(-part) / 3
        total = max(total, -price) if price > 2 else +total
    big = 7 ** 120 + total.__hash__() % 1000
    for i in (2, 10 ** 25, 3 ** 90):
        big = big * i + i // 3 - big % i
        big = big >> 5 | i & 255 ^ 3 if big > i else -big << 3
    f = float(total)
    return (str(total), f"{total:,.1f}", float(part), big == big + 0, int(str(big)) == big,
            math.comb(20, 5), math.isclose(f, f + 1e-12),
            math.floor(f), math.ceil(f), round(f, 1), round(f), f.is_integer(), f.hex(),
            f.as_integer_ratio(), f % 3, f // 2, divmod(f, 2.5),
            math.hypot(f, 1), math.log(f), math.gcd(12, 18), -7 // 2, 7 % -3, pow(3, 50, 101),
            hex(big), bin(10), "%x %o" % (255, 8),
            statistics.mean([1, 2, f]), statistics.stdev([1.0, 2.0, f]),
            statistics.median([3, 1, 2]), (1 + 2j) * abs(3 + 4j), str(True),
            isinstance(f, numbers.Real), complex(1, f), int("1f", 16), int("9" * 40), float("1e10"),
            bool(f), hash(f), hash(big), big.bit_length())


def places():
    path = pathlib.PurePosixPath("/srv/data") / "2024" / "report.final.txt"
    out = [path.name, path.suffix, path.stem, str(path.parent), path.parts,
           path.with_suffix(".csv"), path.relative_to("/srv")]
    out += [os.path.join("a", "b"), os.path.split("/x/y"), os.path.splitext("a.b"),
            os.path.normpath("/a/../b"), os.path.abspath("x"),
            os.path.exists("/nowhere"), os.path.dirname(__file__), os.environ.get("HOME"),
            os.path.relpath("/a/b", "/a"), os.getcwd()]
    url = urllib.parse.urlparse("https://user@example.org:8080/a/b;c?q=1&r=x%20y#top")
    out += [url.hostname, url.port, urllib.parse.parse_qs(url.query),
            urllib.parse.urlencode({"a": 1, "b": "x y"}),
            urllib.parse.urljoin(url.geturl(), "../z"), urllib.parse.quote("a b/ü"),
            urllib.parse.unquote("a%20b")]
    out += [html.escape("<a & 'b'>"), html.unescape("&lt;&eacute;&#65;"),
            ipaddress.ip_address("10.0.0.7") in ipaddress.ip_network("10.0.0.0/8")]
    out.append(string.Template("$who likes ${what}").substitute(who="tim", what="tea")
               + string.capwords("two words"))
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "x.txt")
        with open(name, "w") as f:
            f.write("first\nsecond\n")
            for i in range(40):
                f.write(f"line {i}\n")
            print("last", 1, 2.5, sep=",", file=f)
        with open(name) as f:
            out.append(sum(len(line) for line in f))
        with open(name, "rb") as f:
            out.append(f.readline() + f.read(5) + f.read())
        out += [os.stat(name).st_size, os.listdir(folder), [e.name for e in os.scandir(folder)],
                pathlib.Path(name).read_text()[:4]]
    return out


@functools.lru_cache(maxsize=64)
def cached(x, y=1):
    return x + y


@functools.singledispatch
def shown(x):
    return str(x)


@shown.register(int)
def _(x):
    return hex(x)


@contextlib.contextmanager
def noted(notes):
    notes.append("in")
    try:
        yield notes
    finally:
        notes.append("out")


class Lazy:
    @functools.cached_property
    def value(self):
        return [self]


def helpers():
    notes = []
    for i in range(60):
        cached(i % 7), cached(i % 5, y=2), shown(i), shown("x")
        with noted(notes), contextlib.suppress(KeyError), contextlib.ExitStack() as stack:
            stack.callback(notes.append, i)
            {}[i]
        Lazy().value
        add = functools.partial(operator.add, i)
        add(1), functools.partial(max, 1, key=operator.neg)(2)
        Level(2), Level["LOW"] + 1, Right.READ | Right.WRITE, Right.READ in ~Right.WRITE, Level.HIGH.name, Level.LOW == 1
        p = Person("a", i)
        p == p._replace(age=i), p.name, p[1], repr(p), p._asdict(), hash(p), Person._make(("b", 2))
        (isinstance(notes, collections.abc.Sequence), isinstance(i, (str, int | bytes)),
         isinstance(p, collections.abc.Mapping))
    ordered = collections.OrderedDict((str(i), i) for i in range(30))
    for i in range(30):
        ordered.move_to_end(str(i % 7))
        ordered["x"] = ordered.pop("x", i)
    chained = collections.ChainMap({}, ordered, os.environ)
    counted = collections.Counter("abracadabra") + collections.Counter(a=1)
    counted.subtract("abc")
    dq = collections.deque(range(40), maxlen=50)
    dq.rotate(3), dq.extend(range(5)), dq.extendleft([1]), dq.remove(7), 5 in dq, dq[3], list(dq), dq.copy() == dq, dq.index(9)
    space = types.SimpleNamespace(a=1, b=[1, 2, (3, {"x": {4}})])
    deep = copy.deepcopy(space.b), copy.copy(space), copy.copy(ordered), copy.deepcopy(ordered)
    return (ordered == deep[3], chained["3"], counted.most_common(2), sum(counted.values()),
            list(heapq.merge([1, 4], [2, 3], [0])),
            heapq.nlargest(2, [3, 1, 2]), bisect.bisect_left([(1, 2), (3, 4)], (3, 0)),
            [list(g) for _, g in itertools.groupby("aab")],
            list(itertools.zip_longest([1], [2, 3])), list(itertools.pairwise("abcd")),
            list(itertools.islice(itertools.cycle("ab"), 9)),
            list(itertools.starmap(pow, [(2, 3)] * 9)), list(itertools.compress("abc", [1, 0, 1])),
            itertools.tee([1, 2])[1],
            list(itertools.takewhile(lambda x: x < 3, itertools.count())),
            list(itertools.combinations_with_replacement("abc", 2)),
            sorted("b a C".split(), key=str.lower), sorted({"b": 2, "a": 1}.items(),
                                                           key=operator.itemgetter(1)), max({"a": 1}, key=len),
            operator.attrgetter("a.real")(space), operator.methodcaller("upper")("x"),
            sorted([3.5, 1.5, 2.0] * 20), sorted("cab" * 9),
            [[0] * 3] * 3 == [[0] * 3] * 3, [(1, "a"), (2, "b")].index((2, "b")),
            {*"abc"} | {1} - {2} ^ set("b") & frozenset("a"),
            set("ab").union("cd", [1]), set("abc").issubset("abcd"), set("abc").isdisjoint("x"),
            {"a": 1}.keys() & {"a"}, dict(zip("ab", "cd")),
            {**dict.fromkeys("ab"), "c": 1}, [*range(5), *"ab"], "ab" * 5, [1, 2] * 4,
            (1, 2) + (3,), list(reversed([1, 2, 3])), tuple("abc"))


def tables():
    con = sqlite3.connect(":memory:")
    con.execute("create table t(a integer, b text)")
    con.executemany("insert into t values(?, ?)", [(i, f"name {i}") for i in range(40)])
    rows = con.execute("select b, a from t where a > ? order by b", (5,)).fetchall()
    con.close()
    root = ET.fromstring("<r>" + "".join(f"<a x='{i}'>text &amp; {i}<b/></a>" for i in range(20))
                         + "</r>")
    config = configparser.ConfigParser()
    config.read_string("[main]\nname = x\nsize = 5\n")
    log = logging.getLogger("training")
    log.propagate = False
    log.handlers = [logging.StreamHandler(io.StringIO())]
    for a in root.iter("a"):
        log.warning("%s of %d", a.get("x"), len(root))
        log.debug("unseen %s", a)
    return len(rows), ET.tostring(root)[:20], root.find("a/b"), config.getint("main", "size")


async def conversation():
    line, lock, done = asyncio.Queue(3), asyncio.Lock(), asyncio.Event()

    async def make():
        for i in range(15):
            await line.put(i)
            async with lock:
                await asyncio.sleep(0)
        done.set()

    async def take():
        return [await line.get() for _ in range(15)]

    async def steps():
        for i in range(5):
            yield i
    tasks = [asyncio.create_task(make()), asyncio.create_task(take())]
    await done.wait()
    total = sum([x async for x in steps()])
    return total + len(await asyncio.wait_for(tasks[1], 5)), await asyncio.gather(*tasks)


def threads():
    box, results = queue.Queue(), []
    seen = weakref.WeakValueDictionary()
    lock, local = threading.RLock(), threading.local()

    def work():
        local.name = threading.current_thread().name
        while (item := box.get()) is not None:
            with lock:
                results.append(item * 2)
    team = [threading.Thread(target=work) for _ in range(2)]
    for thread in team:
        thread.start()
        seen[thread.name] = thread
    for i in range(20):
        box.put(i)
    for thread in team:
        box.put(None)
    for thread in team:
        thread.join()
    return (sorted(results), len(seen), random.sample(range(50), 5), random.choices("abc", k=3),
            random.uniform(1, 2), random.gauss(0, 1))


def run():
    for i in range(40):
        dates(), amounts(), helpers()
        if i % 4 == 0:
            places(), tables(), asyncio.run(conversation())
            try:
                threads()
            except RuntimeError:
                pass  # -DTYPHON_NO_SYNC=ON: there is one thread


run()
