"""Formats: JSON, pickle, CSV, struct, compression, hashes, dates, files."""
import base64
import binascii
import configparser
import csv
import datetime
import decimal
import hashlib
import io
import json
import os
import pickle
import struct
import tempfile
import zlib

ORDERS = [{"id": i, "customer": {"name": f"Customer №{i % 7}", "email": f"c{i}@example.org",
                                 "vip": i % 3 == 0},
           "lines": [{"sku": f"A-{k:04d}", "count": k % 5 + 1, "price": k * 1.25, "note": None}
                     for k in range(i % 6)],
           "total": i * 19.99, "tags": ["new", "export\t\"x\""]} for i in range(60)]


def through_json():
    text = json.dumps(ORDERS)
    back = json.loads(text)
    pretty = json.dumps(back[:10], indent=2, sort_keys=True, ensure_ascii=False)
    return (back == ORDERS, len(pretty), json.loads(pretty)[3]["customer"]["name"],
            json.loads("[1, 2.5e3, true, {}]"))


def through_pickle():
    value = (ORDERS, {1, 2, 3}, b"bytes" * 9, datetime.datetime(2021, 3, 4, 5, 6),
             decimal.Decimal("1.50"))
    return [pickle.loads(pickle.dumps(value, protocol)) == value for protocol in (2, 4, 5)]


def tables():
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "total", "name"])
    writer.writeheader()
    for order in ORDERS:
        writer.writerow({"id": order["id"], "total": f"{order['total']:.2f}",
                         "name": order["customer"]["name"]})
    total = 0.0
    for row in csv.DictReader(io.StringIO(out.getvalue())):
        total += float(row["total"])
    settings = configparser.ConfigParser()
    settings.read_string("[a]\nx = 1\ny: %(x)s2\n[b]\nz = yes\n")
    return total, settings.getint("a", "y"), settings.getboolean("b", "z")


def binary():
    records = b"".join(struct.pack("<IHd8s", i, i % 100, i / 3, b"name%d" % i) for i in range(200))
    total = sum(a + b for a, b, c, d in struct.iter_unpack("<IHd8s", records))
    packed = zlib.compress(records)
    text = base64.b64encode(packed).decode()
    digest = hashlib.sha256(records).hexdigest() + hashlib.md5(text.encode()).hexdigest()
    return (total, zlib.decompress(base64.b64decode(text)) == records, binascii.crc32(records),
            digest)


def dates():
    day, out = datetime.datetime(2020, 1, 31, 12, 30, tzinfo=datetime.timezone.utc), []
    for i in range(150):
        day += datetime.timedelta(days=1, minutes=i)
        out.append(day.isoformat())
        assert datetime.datetime.fromisoformat(out[-1]) == day
        out.append(day.strftime("%d.%m.%Y %H:%M"))
    return len(set(out)), max(out), (day - datetime.datetime(2020, 1, 1,
                                                             tzinfo=datetime.timezone.utc)).total_seconds()


def files():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "data.txt")
        with open(path, "w", encoding="utf-8") as f:
            for i in range(300):
                f.write(f"{i} line é {i * i}\n")
        with open(path, encoding="utf-8") as f:
            total = sum(int(line.split()[-1]) for line in f)
        with open(path, "rb") as f:
            head = f.read(100), f.readline(), f.seek(10), len(f.readlines())
        return total, head[-1], sorted(e.name for e in os.scandir(folder)), os.path.getsize(path)


def run():
    for _ in range(100):
        through_json(), through_pickle(), tables(), binary(), dates(), files()


run()
