# Modules that Python 3.13 has no more: their import warns, once; the shadow passwords.
import os
import subprocess
import sys
import warnings

for name in ("audioop", "spwd"):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        __import__(name)
        __import__(name)
    text = f"{name!r} is deprecated and slated for removal in Python 3.13"
    assert [(w.category, str(w.message)) for w in caught] == [(DeprecationWarning, text)], caught
    out = subprocess.run([sys.executable, "-W", "error", "-c", f"import {name}"],
                         capture_output=True, text=True)
    assert out.returncode == 1 and f"DeprecationWarning: {text}" in out.stderr, out

import spwd

assert spwd.struct_spwd.n_fields == 11 and spwd.struct_spwd.n_sequence_fields == 9
for wrong in ((), (0,), (b"root",), ("root", 0)):
    try:
        spwd.getspnam(*wrong)
    except TypeError:
        continue
    assert False, wrong
if os.geteuid() == 0:
    entries = spwd.getspall()
    assert isinstance(entries, list)
    for entry in entries[:3]:
        assert spwd.getspnam(entry.sp_namp) == entry
        assert (entry[0], entry[1]) == (entry.sp_nam, entry.sp_pwd) and isinstance(entry.sp_max, int)
    try:
        spwd.getspnam("no such user")
    except KeyError as e:
        assert e.args == ("getspnam(): name not found",)
    else:
        assert False
