"""Lists the functions and variables that the headers declare and no extension of this folder uses.

Usage: python3 tests/capi/_untested.py        exits with 1 when there are any
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parent.parent / "core/capi/include"


def declared():
    names = {}
    for header in sorted(INCLUDE.glob("*.h")):
        text = header.read_text()
        for name in re.findall(r"PyAPI_FUNC\([^)]*\)\s*(\w+)\(", text) + re.findall(r"PyAPI_DATA\([^)]*\)\s*(\w+);", text):
            names[name] = header.name
    return names


def expansions():
    """Which declared names the macros of the headers stand for."""
    found = {}
    for header in INCLUDE.glob("*.h"):
        if header.name == "typhon_names.h":
            continue
        text = re.sub(r"\\\n", " ", header.read_text())
        for name, body in re.findall(r"#define (\w+)(?:\([^)]*\))?[ \t]+(.*)", text):
            found.setdefault(name, set()).update(re.findall(r"\w+", body))
    return found


def main():
    names, macros = declared(), expansions()
    used = set()
    for source in [*HERE.glob("*.c"), HERE / "calls.txt"]:
        used.update(re.findall(r"\w+", source.read_text()))
    todo = list(used)
    while todo:
        for name in macros.get(todo.pop(), ()):
            if name not in used:
                used.add(name)
                todo.append(name)
    missing = sorted(set(names) - used, key=lambda name: (names[name], name))
    for name in missing:
        print(f"{names[name]}: {name}")
    print(f"{len(missing)} of {len(names)} declared names are used nowhere")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
