"""Every name that the headers declare - functions, variables, macros, types, constants - is used by
an extension of this folder; lists those that are not.

Not looked at: names that begin with _typhon or TYPHON (the runtime's own), CYTHON_ switches and
PY_NOGIL, which the code made by test_cython.py reads, and the facts of pyconfig.h but for those
that have another value than 1.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parent.parent / "core/capi/include"
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(?:\([^)]*\))?([^\n]*)", re.M)


def plain(text):
    """Without comments and continued lines."""
    return re.sub(r"\\\n", " ", re.sub(r"/\*.*?\*/", " ", text, flags=re.S))


def declared():
    """{name: header}, and which other names each macro or inline function stands for."""
    names, stands_for = {}, {}
    for header in sorted(INCLUDE.glob("*.h")):
        if header.name == "typhon_names.h":
            continue
        text = plain(header.read_text())
        for name, body in DEFINE.findall(text):
            if body.strip() and not (header.name == "pyconfig.h"
                                     and (body.strip() == "1" or name.startswith("_"))):
                names[name] = header.name
            stands_for.setdefault(name, set()).update(re.findall(r"\w+", body))
        for name, body in re.findall(r"static inline [^;{(]*?(\w+)\([^{;]*\)\s*\{(.*?)^\}", text,
                                     re.S | re.M):
            names[name] = header.name
            stands_for.setdefault(name, set()).update(re.findall(r"\w+", body))
        found = (re.findall(r"PyAPI_FUNC\([^)]*\)\s*(\w+)\(", text)
                 + re.findall(r"PyAPI_DATA\([^)]*\)\s*(\w+);", text))
        found += re.findall(r"\btypedef\b[^;{}]*?\b(\w+)\s*;", text) + re.findall(r"^\}\s*(\w+)\s*;", text, re.M)
        found += re.findall(r"\btypedef\b[^;{}]*?\(\s*\*\s*(\w+)\s*\)", text)
        for constants in re.findall(r"\benum\b[^{;]*\{([^}]*)\}", text):
            found += re.findall(r"(?:^|,)\s*(\w+)", constants)
        names.update(dict.fromkeys(found, header.name))
    return {name: header for name, header in names.items()
            if not name.startswith(("_typhon", "TYPHON", "CYTHON_", "PY_NOGIL"))}, stands_for


def pasted(text):
    """The names that macros of a source make by ##: T(List) with Py##name##_Type is PyList_Type."""
    text = plain(text)
    lists = {name: body for name, body in DEFINE.findall(text)}
    for macro, parameter, body in re.findall(r"#define (\w+)\((\w+)\) (.*##.*)", text):
        uses = set(re.findall(rf"\b{macro}\((\w+)\)", text))
        for name in re.findall(rf"\b(\w+)\({macro}\)", text):  # EACH(macro), and what EACH lists
            uses.update(re.findall(r"\bX\((\w+)\)", lists.get(name, "")))
        for before, after in re.findall(rf"(\w+) ?## ?{parameter}(?: ?## ?(\w+))?", body):
            yield from (before + use + after for use in uses)


def main():
    names, stands_for = declared()
    used = set()
    for source in [*HERE.glob("*.[ch]"), HERE / "calls.txt"]:
        text = source.read_text()
        used.update(re.findall(r"\w+", plain(text)))
        used.update(pasted(text))
    todo = list(used)
    while todo:
        for name in stands_for.get(todo.pop(), ()):
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
