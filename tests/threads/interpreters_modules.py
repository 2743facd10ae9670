"""Isolated interpreters and modules with state: asyncio inside a running loop, what modules in C
register, Ctrl-C."""
import asyncio
import os
import signal
import sys
import threading

try:
    from typhon import interpreters
except ImportError:
    sys.exit(77)

i = interpreters.create()
async def main():
    loop = asyncio.get_running_loop()
    i.exec("""
import asyncio
async def f():
    await asyncio.sleep(0.01)
    t = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        return len(asyncio.all_tasks())
assert asyncio.run(f()) == 1
""")
    assert asyncio.get_running_loop() is loop
    assert len(asyncio.all_tasks()) == 1
    return await asyncio.to_thread(i.call, pow, 2, 3)
assert asyncio.run(main()) == 8

import csv
csv.register_dialect('own')
i.exec("""
import csv, ctypes, hashlib, hmac, sqlite3
assert 'own' not in csv.list_dialects() and 'excel' in csv.list_dialects()
assert sqlite3.connect(':memory:').execute('select 1').fetchone() == (1,)
assert hmac.new(b'k', b'm', hashlib.sha256).digest()
assert ctypes.POINTER(ctypes.c_int)(ctypes.c_int(3)).contents.value == 3
import concurrent.futures, datetime, decimal, logging, multiprocessing, random, socket, ssl, struct
import unittest, uuid, xml.etree.ElementTree, zlib
""")


def interrupted(source):
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        i.exec(source)
    except interpreters.ExecutionFailed as e:
        assert e.excinfo.type.__name__ == 'KeyboardInterrupt'
    else:
        raise AssertionError


interrupted('while True: pass')
interrupted('import time; time.sleep(20)')
i.close()
