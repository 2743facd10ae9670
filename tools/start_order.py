"""Writes core/start_order.ld: what the start of the interpreter uses, and then most programs.

    python3.11 tools/start_order.py build/release/typhon > core/start_order.ld

The linker puts these functions, tables, texts and variables side by side, so that a start reads,
and writes, few pages of the executable.  The list comes from the addresses that valgrind's lackey
prints, and the texts that strace does, and need not be exact: what is missing stands elsewhere,
what does not exist is ignored.  Texts are merged by the linker: which sections of the object files
they came from is found by their bytes.
"""
import bisect
import os
import re
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "start_program.py")
# the second one is a program of one line that writes and then waits for its input
STARTS = [["-S", "-I", "-c", "pass"],
          ["-S", "-I", "-c", "import posix; posix.write(1, b' '); posix.read(0, 1)"],
          ["-c", "pass"]]
PARTS = [".text", ".rodata", ".data.rel.ro", ".data", ".bss"]
# What goes behind a part's name: two sections, since texts of one section are merged, and those of
# the start shall not end up among what only programs use.
SECTIONS = {".start": STARTS, ".most": [[PROGRAM]]}
# larger sections of libraries stay where they are: little of them is used
MEMBER_MAX = {part: 128 << 10 if part == ".text" else 32 << 10 for part in PARTS}
# The system maps all pages of so many bytes, at a multiple of that, when one of them is asked for.
AROUND = 64 << 10
# what begins the first sections; start_data: what the start writes to, for core/runtime/main.c
FIRST = [(".data", "start_data = .;"), (".data", "*crtbegin.o(.data)"),
         (".text", "*(.text.startup .text.startup.*)"), (".text", "*crtbegin.o(.text)"),
         (".rodata", "*(.rodata.cst2 .rodata.cst4 .rodata.cst8 .rodata.cst16 .rodata.cst32)")]
# The values of thread locals and what is called first, which each start reads, stand there, too.
BESIDE = {".data.rel.ro": [
    "  .init_array : { KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*))) KEEP(*(.init_array)) }",
    "  .tdata : { *(.tdata .tdata.*) }", "  .tbss : { *(.tbss .tbss.*) }"]}


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
                    section, = struct.unpack_from("<H", symbols,
                                                  struct.unpack_from("<I", body, at + 4)[0] * 24 + 6)
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
    with tempfile.NamedTemporaryFile() as out, tempfile.TemporaryFile() as written:
        subprocess.run(["valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-file={out.name}",
                        interp, *run], check=True, stdin=subprocess.DEVNULL, stdout=written)
        matches = (re.match(rb"(?:I | [LSM]) +([0-9a-f]+),", line) for line in dict.fromkeys(out))
        return list(dict.fromkeys(int(m[1], 16) for m in matches if m))


def system_texts(interp, run):
    """The texts that system calls are given: valgrind does not see that they are read."""
    with tempfile.NamedTemporaryFile() as out, tempfile.TemporaryFile() as written:
        subprocess.run(["strace", "-f", "-o", out.name, interp, *run], check=True,
                       stdin=subprocess.DEVNULL, stdout=written)
        return list(dict.fromkeys(re.findall(rb'[(, ]"([^"]+)"', out.read())))


def uses(interp, elf, runs):
    """(part, name of a symbol) and (None, text of .rodata), in the order of first use."""
    starts = [s[0] for s in elf.symbols]
    names = {part + suffix: part for part in PARTS for suffix in ("", *SECTIONS)}
    sections = [(names[s[0]], *s[1:4]) for s in elf.sections if s[0] in names]
    found = {}
    for run in runs:
        found.update(((None, text), None) for text in system_texts(interp, run))
        for a in trace(interp, run):
            for part, start, body, size in sections:
                if not start <= a < start + size:
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
                    found.setdefault((".rodata", name),
                                     f"*{library}{member}({' '.join(constants)})")
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
            # part of a function, or one that is said to be cold
            cold = re.sub(r"\.cold$", "", what)
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
    placed = set()
    print("/* What the start of the interpreter uses: made by tools/start_order.py. */")
    scripts = {part: [] for part in PARTS}
    for suffix, runs in SECTIONS.items():
        lines = {part: {} for part in PARTS}
        if suffix == ".start":
            for part, line in FIRST:
                lines[part][line] = None
        add_uses(lines, uses(interp, Elf(interp), runs), texts, known, cold_functions, members)
        if suffix == ".start":
            lines[".data"]["start_data_end = .;"] = None
        for part in PARTS:
            align = f" ALIGN({AROUND:#x})" if (part, suffix) == (".rodata", ".start") else ""
            scripts[part].append(f"  {part}{suffix} :{align} {{")
            scripts[part] += [f"    {line}" for line in lines[part] if (part, line) not in placed]
            scripts[part].append("  }")
            placed.update((part, line) for line in lines[part])
    for part in PARTS:
        print("SECTIONS\n{", *scripts[part], *BESIDE.get(part, ()), "}", sep="\n")
        # .rodata begins a segment: what goes before it would be in the one of the code; and what is
        # written to stands behind .data.rel.ro
        print(f"INSERT {'AFTER' if part in ('.rodata', '.data.rel.ro') else 'BEFORE'} {part};")


if __name__ == "__main__":
    main()
