"""A file NAME._pth beside the executable is the whole of sys.path, without environment, site and
script folder."""
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile

folder = os.path.realpath(tempfile.mkdtemp())
exe = os.path.join(folder, "interpreter")
os.symlink(os.path.realpath(sys.executable), exe)
stdlib = [sysconfig.get_path("stdlib"), *(p for p in sys.path if p.endswith("/stdlib"))]
os.makedirs(os.path.join(folder, "main"))
with open(os.path.join(folder, "main", "__main__.py"), "w") as f:
    f.write("import sys; print(sys.path[0])")
SHOW = ("import sys; f = sys.flags; print(sys.path, f.isolated, f.ignore_environment, f.safe_path, "
        "f.no_site, f.optimize, 'site' in sys.modules)")


def run(*lines, args=("-c", SHOW), end="\n"):
    with open(exe + "._pth", "w", newline="") as f:
        f.write("".join(line + end for line in lines))
    env = {**os.environ, "PYTHONPATH": "/from/environment", "PYTHONOPTIMIZE": "1",
           "PYTHONNOUSERSITE": "1"}
    p = subprocess.run([exe, *args], capture_output=True, text=True, env=env, cwd="/", timeout=60)
    assert p.returncode == 0, p
    return p.stdout.strip(), p.stderr


# relative to the folder of the link; comments, white space, other line ends; names are cleaned,
# links are not looked at
paths = [*stdlib, folder + "/sub", os.path.dirname(folder), folder, folder + "/a/c"]
for end in "\n", "\r\n":
    found = run("# comment", *stdlib, "", "  sub\t", "..  # up", ".", "a//./b/../c", end=end)
    assert found == (f"{paths} 1 1 True 1 1 False", ""), found
# site is imported only when it says so
out, errors = run("import site", *stdlib)
assert out.startswith(str(stdlib)[:-1]) and out.endswith(" 1 1 True 0 1 True") and not errors, (
    out, errors)
out, errors = run("import sites", *stdlib)
assert (out == f"{stdlib} 1 1 True 1 1 False" and errors
        == "unsupported 'import' line in ._pth file\n"), (out, errors)
# what is run stays in front; the prefix is the folder
assert run(*stdlib, args=(folder + "/main",))[0] == folder + "/main"
assert (run(*stdlib, args=("-c", "import sys; print(sys.prefix, sys.executable)"))[0]
        == f"{folder} {exe}")
shutil.rmtree(folder)
