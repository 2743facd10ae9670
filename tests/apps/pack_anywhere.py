"""A packed executable runs from a read-only tree, with noexec /tmp, as another user, and writes no
file."""
import os
import shutil
import subprocess
import sys

from _packing import make, pack, run

make({"app/__main__.py": "import os, json, decimal, threading\nt = threading.Thread(target=print, "
                         "args=('in a thread',))\n"
                         "t.start()\nt.join()\nprint(os.getuid(), json.dumps([1]))\n"})
pack("app", "--executable", "-o", "program")
os.chmod(".", 0o755)
program, wanted = os.path.abspath("program"), "in a thread\n%d [1]\n"
assert run("./program").stdout == wanted % os.getuid()
if shutil.which("strace"):
    run("strace", "-f", "-qq", "-o", "calls", "-e", "trace=%file,memfd_create", "./program")
    with open("calls") as f:
        calls = f.read()
    changing = ("O_WRONLY", "O_RDWR", "O_CREAT", "mkdir", "unlink", "rename", "symlink", "linkat",
                "chmod", "memfd_create")
    assert program in calls or "./program" in calls
    assert not any(word in calls for word in changing), calls
    assert "/usr/lib/python3" not in calls and "site-packages" not in calls, calls
if os.geteuid() == 0:
    p = subprocess.run([program], capture_output=True, text=True, user=65534, group=65534,
                       extra_groups=[], cwd="/", env={})
    assert p.stdout == wanted % 65534, p
    # its own mounts: the folder read-only, /tmp not executable
    script = ("mount --bind . /mnt && mount -o remount,bind,ro /mnt && mount -t tmpfs -o noexec none /tmp && cd / && "
              "! touch /mnt/x 2>/dev/null && exec setpriv --reuid=65534 --clear-groups /mnt/program")
    p = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True,
                       env={"PATH": os.environ["PATH"]})
    if "denied" in p.stderr or "not permitted" in p.stderr:  # no rights to mount here
        sys.exit(0)
    assert p.stdout == wanted % 65534 and p.stderr == "", p
