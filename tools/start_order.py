"""Writes core/start_order.ld: what the start of the interpreter uses of the executable, and then most programs.

    python3.11 tools/start_order.py build/release/typhon > core/start_order.ld

The linker puts these functions, tables, texts and variables side by side, so that a start reads,
and writes, few pages of the executable.  The list comes from the addresses that valgrind's lackey
prints and need not be exact: what is missing stands elsewhere, what does not exist is ignored.  Texts
are merged by the linker: which sections of the object files they came from is found by their bytes.
"""
import bisect
import os
import re
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "start_program.py")
# the last one is a program of one line that writes and then waits for its input
STARTS = [["-S", "-I", "-c", "pass"], ["-c", "pass"],
          ["-S", "-I", "-c", "import posix; posix.write(1, b' '); posix.read(0, 1)"]]
PARTS = [".text", ".rodata", ".data.rel.ro", ".data", ".bss"]
# larger sections of libraries stay where they are: little of them is used
MEMBER_MAX = {part: 128 << 10 if part == ".text" else 32 << 10 for part in PARTS}


class Elf:
    """The sections of an ELF file of 64 bits: name -> (address, bytes), and the symbols."""

    def __init__(self, path):
        with open(path, "rb") as f:
            data = f.read()
        offset, = struct.unpack_from("<Q", data, 0x28)
        size, count, names_at = struct.unpack_from("<HHH", data, 0x3A)
        heads = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * size) for i in range(count)]
        texts = data[heads[names_at][4]:]
        self.sections = []
        for h in heads:
            name = texts[h[0]:texts.index(b"\0", h[0])].decode()
            body = b"" if h[1] == 8 else data[h[4]:h[4] + h[5]]
            self.sections.append((name, h[3], body, h[5], h))
        self.symbols = self.read_symbols()
        self.names = {name for _, _, name in self.symbols}

    def owners(self):
        """Index of a section -> names of the functions and variables that refer to it."""
        found = {}
        for name, _, body, _, head in self.sections:
            m = re.match(r"\.rela\.(?:text|rodata|data)\.(?:unlikely\.|rel\.(?:ro\.)?(?:local\.)?)?(.+)", name)
            if m:
                symbols = self.sections[head[6]][2]
                for at in range(8, len(body), 24):
                    section, = struct.unpack_from("<H", symbols, struct.unpack_from("<I", body, at + 4)[0] * 24 + 6)
                    found.setdefault(section, set()).add(m[1])
        return found

    def cold_functions(self):
        """Names of the functions that are said to be cold as a whole."""
        whole = {name for name in self.names if name + ".cold" not in self.names}
        sections = {s[0] for s in self.sections}
        return {name for name in whole if f".text.unlikely.{name}" in sections}

    def read_symbols(self):
        found = set()
        for name, _, body, _, head in self.sections:
            if name == ".symtab":
                strings = self.sections[head[6]][2]
                for at in range(0, len(body), 24):
                    text, kind, _, _, value, size = struct.unpack_from("<IBBHQQ", body, at)
                    if size and kind & 15 in (1, 2):
                        end = strings.index(b"\0", text)
                        found.add((value, size, strings[text:end].decode()))
        return sorted(found)


def trace(interp, run):
    """The addresses that a run uses, in the order of their first use."""
    seen = {}
    with tempfile.NamedTemporaryFile() as out, tempfile.TemporaryFile() as written:
        subprocess.run(["valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-file={out.name}",
                        interp, *run], check=True, stdin=subprocess.DEVNULL, stdout=written)
        for line in out:
            m = re.match(rb"(?:I | [LSM]) +([0-9a-f]+),", line)
            if m:
                seen.setdefault(m[1])
    return [int(a, 16) for a in seen]


def uses(interp, elf, runs):
    """(part, name of a symbol) and (None, text of .rodata), in the order of first use."""
    starts = [s[0] for s in elf.symbols]
    found = {}
    for run in runs:
        for a in trace(interp, run):
            for name, start, body, size, _ in elf.sections:
                part = next((p for p in PARTS if name in (p, p + ".start")), None)
                if not part or not start <= a < start + size:
                    continue
                i = bisect.bisect_right(starts, a) - 1
                if i >= 0 and a < starts[i] + elf.symbols[i][1]:
                    found.setdefault((part, elf.symbols[i][2]))
                elif part == ".rodata":
                    at = a - start  # a text, or the end of one that another ends with
                    end = body.find(b"\0", at)
                    found.setdefault((None, body[at:end]))
                    found.setdefault((None, body[body.rfind(b"\0", 0, at) + 1:end]))
                break
    return list(found)


def objects(build):
    """(end of the path, Elf) of the project's object files."""
    for folder, _, files in os.walk(os.path.join(build, "CMakeFiles")):
        for file in sorted(files):
            m = re.search(r"/\w+\.dir(/.*)", os.path.join(folder, file))
            if file.endswith(".o") and m:
                yield m[1], Elf(os.path.join(folder, file))


def texts_of(build):
    """text -> the input sections of the project's objects that have it: as the linker script names
    one, and the functions and variables that refer to it.  And all names of the objects, and those
    of functions that are said to be cold."""
    found, known, cold = {}, set(), set()
    for file, elf in objects(build):
        known.update(name for _, _, name in elf.symbols)
        cold |= elf.cold_functions()
        owners = elf.owners()
        for i, (name, _, body, _, _) in enumerate(elf.sections):
            if re.match(r"\.rodata\.(.*\.)?str1\.\d$", name):
                for text in body.split(b"\0"):
                    found.setdefault(text, {}).setdefault(f"*{file}({name})", owners.get(i, set()))
    return found, known, cold


def library_members(build):
    """(part, name) -> the section that has it, as the linker script names one: of the libraries'
    object files, which have all functions in one section.  Not of large ones."""
    with open(os.path.join(build, "build.ninja")) as f:
        files = set(re.findall(r"/\S+\.a\b", f.read()))
    for name in ["libgcc.a", "libc_nonshared.a", "crt1.o"]:
        files.add(subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip())
    found = {}
    for path in files:
        library = os.path.basename(path) + ":" if path.endswith(".a") else ""
        p = subprocess.run(["objdump", "-ht", path], check=True, capture_output=True, text=True)
        for line in p.stdout.splitlines():
            words = line.split()
            symbol = re.search(r"\s(\S+)\t[0-9a-f]{16}\s+(?:\.hidden\s+)?(\S+)$", line)
            if re.search(r":\s+file format ", line):
                member, sizes = os.path.basename(line.partition(":")[0]), {}
            elif len(words) == 7 and re.match(r"\d{1,4}$", words[0]):
                sizes[words[1]] = int(words[2], 16)
            elif symbol and symbol[1] in sizes:
                section, name = symbol.groups()
                part = next((p for p in PARTS if section == p or section.startswith(p + ".")), None)
                if part and sizes[section] <= MEMBER_MAX[part]:
                    found.setdefault((part, name), f"*{library}{member}({section})")
                constants = [s for s in sizes if re.match(r"\.rodata($|\.str|\.cst)", s)]
                if part == ".text" and 0 < sum(sizes[s] for s in constants) <= MEMBER_MAX[".rodata"]:
                    found.setdefault((".rodata", name), f"*{library}{member}({' '.join(constants)})")
    return found


def add_uses(lines, used, texts, known, cold_functions, members):
    """Adds what goes with `used`, as uses() gives it, to lines[part], which are kept in order."""
    names = {what for part, what in used if part}
    for part, what in used:
        if part == ".text" and what not in known and (".rodata", what) in members:
            lines[".rodata"].setdefault(members[".rodata", what])
        if part and what not in known and (part, what) in members:
            lines[part].setdefault(members[part, what])
        elif part and "@" not in what:
            cold = re.sub(r"\.cold$", "", what)  # part of a function, or one that is said to be cold
            if part == ".text" and (cold != what or what in cold_functions):
                lines[part].setdefault(f"*(.text.unlikely.{cold})")
            if cold == what:
                lines[part].setdefault(f"*({part}.{what})")
            if part == ".text" and what in known:  # tables of its switches
                lines[".rodata"].setdefault(f"*(.rodata.{what})")
        for section, owners in texts.get(what, {}).items() if not part and what else ():
            if owners & names:
                lines[".rodata"].setdefault(section)


def main():
    interp = os.path.abspath(sys.argv[1])
    build = os.path.dirname(interp)
    texts, known, cold_functions = texts_of(build)
    members = library_members(build)
    lines = {part: {} for part in PARTS}
    lines[".data"]["start_data = .;"] = None  # what the start writes to, for core/runtime/main.c
    lines[".data"]["*crtbegin.o(.data)"] = None
    lines[".text"]["*(.text.startup .text.startup.*)"] = None
    lines[".text"]["*crtbegin.o(.text)"] = None
    lines[".rodata"]["*(.rodata.cst4 .rodata.cst8 .rodata.cst16 .rodata.cst32)"] = None
    for runs in STARTS, [[PROGRAM]]:
        used = uses(interp, Elf(interp), runs)
        add_uses(lines, used, texts, known, cold_functions, members)
        lines[".data"].setdefault("start_data_end = .;")
    print("/* What the start of the interpreter uses: made by tools/start_order.py. */")
    for part in PARTS:
        print(f"SECTIONS\n{{\n  {part}.start : {{")
        for line in lines[part]:
            print("    " + line)
        # .rodata begins a segment: what goes before it would be in the one of the code
        print(f"  }}\n}}\nINSERT {'AFTER' if part == '.rodata' else 'BEFORE'} {part};")


if __name__ == "__main__":
    main()
