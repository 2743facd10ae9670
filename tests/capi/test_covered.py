"""Every function and variable that the headers declare is used by an extension of this folder; lists those that are not."""
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
    return {name: header for name, header in names.items() if not name.startswith("_typhon")}


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


def pasted(text):
    """The names that macros of a source make by ##: T(List) with Py##name##_Type is PyList_Type."""
    for macro, parameter, body in re.findall(r"#define (\w+)\((\w+)\) (.*##.*)", text):
        for before, after in re.findall(rf"(\w+) ?## ?{parameter}(?: ?## ?(\w+))?", body):
            yield from (before + use + after for use in re.findall(rf"\b{macro}\((\w+)\)", text))


def main():
    names, macros = declared(), expansions()
    used = set()
    for source in [*HERE.glob("*.c"), HERE / "calls.txt"]:
        text = source.read_text()
        used.update(re.findall(r"\w+", text))
        used.update(pasted(text))
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
