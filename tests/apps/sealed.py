"""Sealed archives: a changed byte is refused before it runs, a signature is asked for, errors are
one line."""
import os
import shutil
import sys
import zipfile

from _packing import content, make, pack
from _packing import run as run_program

if not shutil.which("openssl"):
    sys.exit(77)


def run(*args, **options):
    return run_program(*args, code=None, **options)


def write(name, data):
    make({name: data})


def signed_run(name, key="public.pem"):
    return run(sys.executable, "-S", "-X", "require-signer=" + key, name)


def is_refused(p, *words):
    """One line that says what is wrong, and code 126."""
    return (p.returncode == 126 and not p.stdout and p.stderr.count("\n") == 1
            and all(w in p.stderr for w in words))


for private, public in (("key.pem", "public.pem"), ("other.pem", "another.pem")):
    assert run("openssl", "genpkey", "-algorithm", "ed25519", "-out", private).returncode == 0
    assert run("openssl", "pkey", "-in", private, "-pubout", "-out", public).returncode == 0
write("app/__main__.py", b"from part import one\nprint('one is', one.value)\n")
write("app/part/__init__.py", b"")
write("app/part/one.py", b"value = 1\n")
write("app/note.txt", b"never read")

# signed, sealed, plain
pack("app", "--sign", "key.pem", "-o", "signed.pyz")
pack("app", "--sign", "key.pem", "-o", "again.pyz")
pack("app", "--seal", "-o", "sealed.pyz")
pack("app", "-o", "plain.pyz")
whole = content("signed.pyz")
assert whole == content("again.pyz")
with zipfile.ZipFile("signed.pyz") as z:
    assert z.testzip() is None and z.namelist()[-1] == "SEAL" and len(z.comment) == 158
    places = {info.filename: info.header_offset for info in z.infolist()}
    directory = z.start_dir
for name in ("signed.pyz", "sealed.pyz", "plain.pyz"):
    assert run(sys.executable, name).stdout == "one is 1\n"
assert signed_run("signed.pyz").stdout == "one is 1\n"
for name, words in (("sealed.pyz", ["not signed by the key"]), ("plain.pyz", ["not sealed"]),
                    ("app", ["not an archive"]),
                    ("app/__main__.py", ["not sealed"]), ("nowhere.pyz", ["No such file"])):
    assert is_refused(signed_run(name), name, *words), (name, signed_run(name))
assert is_refused(signed_run("signed.pyz", "other.pem"), "private key", "-pubout")
assert is_refused(signed_run("signed.pyz", "another.pem"), "not signed by the key")
assert is_refused(signed_run("signed.pyz", "none.pem"), "none.pem: No such file")
assert is_refused(signed_run("signed.pyz", "app/note.txt"), "no Ed25519 public key")
assert is_refused(run(sys.executable, "-X", "require-signer=public.pem", "-c", "print(1)"),
                  "archives only")
assert run(sys.executable, "-X", "require-signer", "plain.pyz").returncode == 1

# what is not signed cannot be imported, either; the environment does not count
write("app/__main__.py", b"import sys\nsys.path[0:0] = ['plain.pyz']\nfrom part import "
                         b"one\nprint(one.__file__, sys.flags.isolated)\n")
pack("app", "--sign", "key.pem", "-o", "first.pyz")
assert run(sys.executable, "first.pyz").stdout == "plain.pyz/part/one.pyc 0\n"
p = run(sys.executable, "-X", "require-signer=public.pem", "first.pyz", env={"PYTHONPATH": "app"})
assert p.stdout == os.path.abspath("first.pyz") + "/part/one.pyc 1\n", p

# every part of the file, one bit changed: never runs for the signer; without, what has been read is
# as it was
wanted, refused = "one is 1\n", 0
for at in sorted({*range(0, len(whole), 11), *range(len(whole) - 158, len(whole), 5), 0, 1,
                  len(whole) - 1,
                  *places.values(), directory, directory + 16}):
    changed = bytearray(whole)
    changed[at] ^= 1 << at % 8
    write("changed.pyz", changed)
    assert is_refused(signed_run("changed.pyz")), (at, places, signed_run("changed.pyz"))
    if at % 4 == 0:
        p = run(sys.executable, "-S", "changed.pyz")
        assert (p.stdout == wanted and p.returncode == 0 or not p.stdout
                and p.returncode in (1, 126) and p.stderr), (at, places, p)
        refused += p.returncode != 0
assert refused > 20
for cut in (whole[:-1], whole[1:], whole + b"\0", whole[:places["SEAL"]], b""):
    write("changed.pyz", cut)
    assert is_refused(signed_run("changed.pyz"))

# names: the member, the seal
changed = bytearray(whole)
changed[places["part/one.pyc"] + 60] ^= 1
write("changed.pyz", changed)
assert is_refused(signed_run("changed.pyz"), "part/one.pyc: changed since the archive was sealed")
p = run(sys.executable, "changed.pyz")
assert (p.returncode == 1 and "changed since the archive was sealed: '" in p.stderr
        and p.stderr.endswith("part/one.pyc'\n")), p
changed = bytearray(whole)
changed[places["SEAL"] + 50] ^= 1
write("changed.pyz", changed)
assert is_refused(signed_run("changed.pyz"), "changed since it was sealed")
assert is_refused(run(sys.executable, "changed.pyz"), "changed since it was sealed")

# somebody else's seal over another content; a signature that was moved
write("app/part/one.py", b"value = 2\n")
write("app/__main__.py", b"from part import one\nprint('one is', one.value)\n")
pack("app", "--sign", "other.pem", "-o", "forged.pyz")
assert is_refused(signed_run("forged.pyz"), "not signed by the key")
write("forged.pyz", content("forged.pyz")[:-96] + whole[-96:])
assert is_refused(signed_run("forged.pyz"), "not signed by the key")

# an executable is sealed, too: its archive is checked by itself, the whole by another interpreter
pack("app", "--sign", "key.pem", "--executable", "-o", "program")
assert run("./program").stdout == "one is 2\n" and signed_run("program").stdout == "one is 2\n"
program = bytearray(content("program"))
at = program.index(b"part/one.pyc") + 60
program[at] ^= 1
write("damaged", program)
os.chmod("damaged", 0o755)
p = run("./damaged")
assert (not p.stdout and p.returncode == 1
        and "changed since the archive was sealed: '" in p.stderr), p
assert is_refused(signed_run("damaged"), "part/one.pyc: changed since")
program[at] ^= 1
program[1000] ^= 1
write("damaged", program)
assert is_refused(signed_run("damaged"), "what precedes its members: changed since")

# keys that are none
assert "no Ed25519 private key" in pack("app", "--sign", "public.pem", code=1)
assert "No such file" in pack("app", "--sign", "none.pem", code=1)
write("app/SEAL", b"")
assert "SEAL of its own" in pack("app", code=1)
