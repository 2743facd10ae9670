"""Files in an archive that C libraries open by name: what works, what it is said of the rest."""
import os
import shutil
import subprocess
import sys

from _packing import make, pack, run

compiler, openssl = shutil.which("gcc") or shutil.which("cc"), shutil.which("openssl")
make({
    "app/__main__.py": """
import os, sys
here = os.path.dirname(__file__)
what, name = sys.argv[1:]
path = os.path.join(here, name)
if what.startswith("sqlite"):
    import sqlite3
    if what == "sqlite uri":
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    else:
        connection = sqlite3.connect(path)
    print(connection.execute("select a from t").fetchall())
    try:
        connection.execute("insert into t values (2)")
    except sqlite3.OperationalError as e:
        print(e)
elif what == "library":
    import ctypes
    first, second = ctypes.CDLL(path), ctypes.CDLL(here + "/./" + name)
    print(first.next(), second.next(), first._handle == second._handle)
elif what == "certificates":
    import ssl
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(path)
    print(len(context.get_ca_certs()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, os.path.join(here, "key.pem"))
    context.load_dh_params(os.path.join(here, "dh.pem"))
    print("loaded")
elif what == "mmap":
    import mmap
    with open(path, "rb") as f:
        print(mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)[:5])
elif what == "dbm":
    import dbm.dumb
    print(dbm.dumb.open(path, "r")["key"])
elif what == "program":
    import subprocess
    print(subprocess.run([path], capture_output=True).stdout)
""",
    "app/text": "hello world",
    "app/program": "#!/bin/sh\necho ran\n",
})
os.chmod("app/program", 0o755)
subprocess.run([sys.executable, "-c", """
import sqlite3, dbm.dumb
connection = sqlite3.connect('app/data.db')
connection.execute('create table t(a)')
connection.execute('insert into t values (1)')
connection.commit()
with dbm.dumb.open('app/words', 'c') as d:
    d['key'] = 'value'
"""], check=True)
if compiler:
    make({"count.c": "static int n;\nint next(void) { return ++n; }\n"})
    subprocess.run([compiler, "-shared", "-fPIC", "count.c", "-o", "app/count.so.1"], check=True)
if openssl:
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                    "app/key.pem", "-out", "app/cert.pem", "-subj", "/CN=x", "-days", "1000"],
                   check=True, capture_output=True)
    make({"app/dh.pem": subprocess.run([openssl, "genpkey", "-genparam", "-algorithm", "DH",
                                        "-pkeyopt", "group:modp_2048"],
                                       capture_output=True, text=True, check=True).stdout})
pack("app", "-o", "files.pyz", "--files", "--quiet")
pack("app", "-o", "files", "--files", "--quiet", "--executable", "--seal")
pack("app", "-o", "plain.pyz", "--quiet")
os.rename("app", "gone")
for front in [sys.executable, "files.pyz"], ["./files"]:
    for what in "sqlite", "sqlite uri":
        assert (out := run(*front, what, "data.db").stdout) == (
            "[(1,)]\nattempt to write a readonly database\n"), out
    assert run(*front, "mmap", "text").stdout == "b'hello'\n"
    assert run(*front, "dbm", "words").stdout == "b'value'\n"
    p = run(*front, "sqlite", "nothing.db", code=1)
    assert ("unable to open database file\nthere is no 'nothing.db' in the archive "
            "(typhon.pack --data adds files") in p.stderr, p
    p = run(*front, "program", "program", code=1)
    assert "'program' is inside the archive" in p.stderr, p
    assert "importlib.resources.as_file() makes" in p.stderr, p
    if openssl:
        assert (out := run(*front, "certificates", "cert.pem").stdout) == "1\nloaded\n", out
        p = run(*front, "certificates", "other.pem", code=1)
        assert "NotADirectoryError" in p.stderr, p
        assert "there is no 'other.pem' in the archive" in p.stderr, p
if compiler:  # a library needs no --files: those of packages come along
    for front in [sys.executable, "files.pyz"], ["./files"], [sys.executable, "plain.pyz"]:
        assert (out := run(*front, "library", "count.so.1").stdout) == "1 2 True\n", out
    p = run(sys.executable, "plain.pyz", "library", "other.so", code=1)
    assert "OSError" in p.stderr and "other.so: cannot open shared object file" in p.stderr, p
p = run(sys.executable, "plain.pyz", "sqlite", "data.db", code=1)
assert "unable to open database file\n'data.db' is inside the archive" in p.stderr, p
assert "typhon.pack --files" in p.stderr, p
if openssl:
    p = run(sys.executable, "plain.pyz", "certificates", "cert.pem", code=1)
    assert "'cert.pem' is inside the archive" in p.stderr and "typhon.pack --files" in p.stderr, p
