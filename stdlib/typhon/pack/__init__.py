"""Packs an application as one file: an archive of bytecode, or an executable with the interpreter in it.

    typhon -m typhon.pack APP [-o FILE] [-m pkg.mod:func] [--executable] [--interpreter] [--standalone] [--exclude NAME]
                          [--include NAME] [--data PATH] [--files] [--sources] [--seal] [--sign KEYFILE] [-p INTERPRETER]
                          [-O LEVEL] [--compress] [--list | --quiet] [--trace ARGUMENT ...]

APP is a folder, which becomes the root of the archive, a package (a folder with an __init__.py), which is run as by -m, or a
script.  All modules of a folder go in, and what they import from elsewhere but the standard library; --standalone takes the
needed part of that, too.  --trace runs the application once, with the arguments behind it, and adds what it has loaded.
Modules are stored as .pyc files that run without looking for a source (PEP 552, unchecked hash); other files of a folder, and
of the packages that come along, are copied, so that importlib.resources and pkgutil.get_data find them; with --files, open() and
what of os, glob and pathlib reads find them, too, under the archive's path.  Extension modules are loaded from memory.  The
archive's MANIFEST.json lists modules, hashes of their sources and who imports whom; --sources takes the sources, too, for
tracebacks.  --seal adds a hash tree over the archive's bytes: what has changed since is not run; --sign signs it, too, for
typhon -X require-signer.  What an executable starts as sys.executable gets its arguments as the application does; with
--interpreter it is an interpreter that has the archive's modules.  The same input gives the same archive, byte for byte.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import sys
import zipfile
from importlib import _bootstrap_external as external
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import MAGIC_NUMBER, source_hash

from typhon.pack import seal, trial
from typhon.pack.archive import packed_interpreter, sealed, write_program, zip_bytes
from typhon.pack.common import PackError, read
from typhon.pack.elf import dependencies, is_elf
from typhon.pack.graph import LIKELY, Graph, Module
from typhon.pack.packages import entry_point_modules, files_below, is_foreign_extension, metadata_files, package_files

FILES = ".typhon-files"  # a member: the others are found as files, too; importer/archive_files.h
RESERVED = ("MANIFEST.json", FILES, seal.NAME)
# of the C library; what an extension module needs besides is worth a note
SYSTEM_LIBRARIES = ("libc.so", "libm.so", "libdl.so", "librt.so", "libpthread.so", "ld-linux")
LIBRARY = "_lib"  # core/runtime/packed.h
MAIN = """\
import sys
from {module} import {first}
sys.exit({function}())
"""
PACKAGE_MAIN = """\
import runpy
runpy.run_module({package!r}, run_name="__main__", alter_sys=True)
"""
# run before __main__, or before the first extension module: importer/zipimporter.h
BOOT = "_typhon_boot.py"
BOOT_NAME = "<typhon.pack>"  # in tracebacks
BOOT_SOURCE = """\
import _imp, sys
archive = __loader__.archive
if sys.path[0] == archive:
    sys.path[1:1] = [path for path in [f"{{archive}}/{{folder}}" for folder in {folders!r}] if path not in sys.path]
for library in {libraries!r}:
    _imp._open_library(f"{{archive}}/{{library}}")
"""


def default_interpreter():
    """The running interpreter, not its virtual environment: what is needed of that is packed.
    Where its path does not fit into a first line, whatever `typhon` the user has."""
    path = sys._base_executable
    if not path or " " in path or len(os.fsencode(path)) > 120:
        return "/usr/bin/env typhon"
    return path


def application_files(folder, output):
    """Yield (name in the archive, path) in a fixed order; `output` itself is left out."""
    for name, path in files_below(folder):
        if not (os.path.exists(output) and os.path.samefile(path, output)):
            yield name, path


def compiled(name, source, path, optimize):
    """The bytes of the .pyc file for a source, which is at this path; name: in the archive, which
    the importer completes."""
    try:
        code = compile(source, name, "exec", dont_inherit=True, optimize=optimize)
    except SyntaxError as e:
        place = f"{path}:{e.lineno}" if e.lineno else path
        raise PackError(f"{place}: {e.msg}") from e
    except (ValueError, RecursionError, MemoryError) as e:
        raise PackError(f"{path}: {e}") from e
    return bytes(external._code_to_hash_pyc(code, source_hash(source), checked=False))


def main_of(spec):
    """The source of a __main__ that calls the function `spec` names, as "pkg.mod:func"."""
    module, colon, function = spec.partition(":")
    words = module.split(".") + function.split(".")
    if not colon or not all(map(str.isidentifier, words)):
        raise PackError(f"invalid entry point: {spec} (wanted: pkg.mod:func)", 2)
    return MAIN.format(module=module, function=function, first=function.partition(".")[0]).encode()


def module_name(entry):
    """The module that a source of this name in the archive is; None: it cannot be imported."""
    parts = entry[:-3].split("/")
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts) if all(map(str.isidentifier, parts)) else None


class Packer:
    """Collects what goes into one archive.

    entries: name in the archive -> bytes; sources: name of a .py entry -> (shown name, bytes),
    compiled at the end: the name is that of the member that --sources adds, or no file's
    """

    def __init__(self, target, options):
        self.target, self.options = target, options
        self.is_folder = os.path.isdir(target)
        if not os.path.exists(target):
            raise PackError(f"{target}: No such file or directory", 2)
        if not self.is_folder and not target.endswith(".py"):
            raise PackError(f"{target}: not a folder", 2)
        base, name = os.path.split(os.path.abspath(target))
        self.package = (name if name.isidentifier()
                        and os.path.exists(os.path.join(target, "__init__.py")) else None)
        folder = target if self.is_folder and not self.package else base
        library = [p for p in sys.path if p.rstrip("/").endswith(("/stdlib", "/python3.11",
                                                                  "/lib-dynload"))]
        others = [p for p in sys.path[1:] if p and p not in library and os.path.isdir(p)]
        self.graph = Graph([folder] + others, library, options.exclude, options.standalone)
        self.entries, self.sources, self.data = {}, {}, []

    # ---- collecting ----

    def add_folder(self):
        for name, path in application_files(self.target, self.options.output):
            name = f"{self.package}/{name}" if self.package else name
            module = module_name(name) if name.endswith(".py") else None
            if module and self.graph.is_excluded(module):
                self.graph.left_out[module] = "excluded"
            elif name.endswith(".py"):
                self.sources[name] = name, read(path)
                if module:
                    found = Module(module, path, name.endswith("__init__.py"), "application")
                    self.graph.modules[module] = found
            else:
                self.add_data(name, path)
        for module in list(self.graph.modules.values()):
            self.graph.scan(module)

    def add_script(self):
        script = Module("__main__", self.target, False, "application")
        self.sources["__main__.py"] = "__main__.py", read(self.target)
        self.graph.modules["__main__"] = script
        self.graph.scan(script)

    def add_data(self, name, path):
        if is_foreign_extension(name):
            self.graph.left_out[name] = "extension module of another interpreter"
            return
        if os.path.islink(path) and not os.path.exists(path):
            self.graph.left_out[name] = "link to what is not there"
            return
        data = read(path)
        if name in RESERVED:
            raise PackError(f"{path}: the archive has a {name} of its own")
        if name.endswith(".pyc") and data[:4] != MAGIC_NUMBER:
            raise PackError(f"{name}: bytecode of another interpreter")
        self.entries[name] = data
        self.data.append(name)

    def add_extra_data(self):
        for item in self.options.data:
            path, _, name = item.partition("=")
            name = name or os.path.basename(path.rstrip("/"))
            if os.path.isdir(path):
                for inner, file in application_files(path, self.options.output):
                    self.add_data(f"{name}/{inner}", file)
            else:
                self.add_data(name, path)

    def add_found(self):
        """What the graph has found outside the folder."""
        for name, module in sorted(self.graph.modules.items()):
            entry = module.entry
            if not module.path or entry in self.sources or name == "__main__":
                continue
            if module.kind == "library":
                entry = f"{LIBRARY}/{entry}"
            if module.is_source:
                self.sources.setdefault(entry, (entry, read(module.path)))
            else:
                self.entries.setdefault(entry, read(module.path))

    def metadata(self):
        """The files of metadata of packages that came from elsewhere, and of the application if it
        is a package."""
        tops = {name.partition(".")[0] for name, m in self.graph.modules.items()
                if m.kind == "packages"}
        folders = self.graph.folders if self.package else self.graph.folders[1:]
        return metadata_files(folders, tops | {self.package})

    def add_entry_points(self):
        """What distributions name for importlib.metadata to find, such as the plug-ins of the
        application itself."""
        known = -1
        while known < len(self.graph.modules):
            known = len(self.graph.modules)
            for name, path in list(self.metadata()):
                for module in entry_point_modules(path) if name.endswith("/entry_points.txt") else ():
                    self.graph.add_guessed(module, LIKELY)
            self.graph.scan_found()

    def add_package_files(self):
        """Data files and metadata of packages that came from elsewhere, and of those beside a
        script."""
        kinds = ("packages",) if self.is_folder else ("packages", "application")
        packages = {name: m for name, m in self.graph.modules.items() if m.kind in kinds}
        for name, path in (*package_files(packages), *self.metadata()):
            if name not in self.entries:
                self.add_data(name, path)

    def check_missing(self):
        for path, line, name, optional in self.graph.missing:
            module = next((m for m in self.graph.modules.values() if m.path == path), None)
            if not optional and module and module.kind == "application":
                raise PackError(f"{path}:{line}: no module named '{name}' (--exclude {name}: it is "
                                f"not needed)")

    # ---- building ----

    def library_needs(self, extensions, libraries):
        """name of a library in the archive -> those of its libraries that it needs."""
        known, needs, nameless = {}, {}, {}
        for name in libraries:
            own = dependencies(self.entries[name])[0]
            (known if own else nameless)[own or os.path.basename(name)] = name
        for name in libraries + extensions:
            wanted = dependencies(self.entries[name])[1]
            needs[name] = [known[n] for n in wanted if n in known and known[n] != name]
            for n in wanted:
                if n in nameless and n not in known:
                    raise PackError(f"{name}: needs {nameless[n]}, which does not say its name "
                                    f"(link it with -Wl,-soname,{n})")
                if n not in known and not n.startswith(SYSTEM_LIBRARIES):
                    self.graph.notes.append(f"{name}: needs {n} of the machine it runs on")
        return needs

    def shared_libraries(self):
        """The members that are shared libraries but no extension modules, each after those that it
        needs."""
        extensions, libraries = [], []
        for name, data in self.entries.items():
            base = os.path.basename(name)
            ending = next((e for e in EXTENSION_SUFFIXES if base.endswith(e)), None)
            stem = base.removesuffix(ending) if ending else ""
            if stem.isidentifier() and b"PyInit_" + stem.encode() + b"\0" in data:
                extensions.append(name)
            elif is_elf(data) and ".so" in base:
                libraries.append(name)
        needs = self.library_needs(sorted(extensions), libraries)
        ordered = []

        def place(name):
            if name not in ordered:
                for other in needs[name]:
                    place(other)
                if name not in ordered:
                    ordered.append(name)
        for name in sorted(libraries):
            place(name)
        return ordered

    def add_main(self):
        package_main = (PACKAGE_MAIN.format(package=self.package)
                        if f"{self.package}/__main__.py" in self.sources else None)
        if self.options.main or package_main:
            source = main_of(self.options.main) if self.options.main else package_main.encode()
            if "__main__.py" in self.sources or "__main__.pyc" in self.entries:
                raise PackError(f"{self.target}: has a __main__.py; -m cannot be used", 2)
            self.sources["__main__.py"] = "__main__.py", source
            main = Module("__main__", "__main__.py", False, "application")
            self.graph.scan(main, source)
        elif "__main__.py" not in self.sources and "__main__.pyc" not in self.entries:
            raise PackError(f"{self.target}: no __main__.py in it (or use -m pkg.mod:func)")

    def add_boot(self):
        """What opens the libraries that extension modules need, and makes the archive's standard
        library importable."""
        libraries = self.shared_libraries()
        folders = [LIBRARY] if self.options.standalone and not self.options.executable else []
        if libraries or folders:
            self.sources[BOOT] = BOOT_NAME, BOOT_SOURCE.format(folders=folders,
                                                               libraries=libraries).encode()

    def compile_all(self):
        """Compiles the sources on all cores."""
        names, bar = sorted(self.sources), Bar(len(self.sources), self.options.quiet)
        script = None if self.is_folder else next(name for name in names
                                                  if self.sources[name][0] == "__main__.py")
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            work = [pool.submit(compiled, *self.sources[name],
                                self.target if name == script else name, self.options.optimize)
                    for name in names]
            for name, done in zip(names, work):
                self.entries[name + "c"] = done.result()
                bar.step()
        bar.end()
        if self.options.sources:
            self.entries.update((name, source) for name,
                                source in self.sources.values() if name != BOOT_NAME)

    def add_folders(self):
        """Folders with modules and no __init__, --files: all: archives know namespace packages by
        members of their names."""
        every = self.options.files
        for name in [n for n in self.entries if every or n.endswith((".pyc", *EXTENSION_SUFFIXES))]:
            while name := name.rpartition("/")[0]:
                if every or name != LIBRARY and name + "/__init__.pyc" not in self.entries:
                    self.entries[name + "/"] = b""

    def manifest(self):
        modules = {}
        for name, module in sorted(self.graph.modules.items()):
            source = self.sources.get(("" if module.kind != "library" else LIBRARY + "/")
                                      + module.entry)
            modules[name] = {"from": module.kind,
                             "imports": sorted(set(module.imports) & set(self.graph.modules))}
            if source:
                modules[name]["source_sha256"] = hashlib.sha256(source[1]).hexdigest()
        record = {"format": 1, "modules": modules, "data": sorted(self.data)}
        return json.dumps(record, indent=1, sort_keys=True).encode() + b"\n"

    def trial_start(self):
        """The code of a trial run."""
        if self.options.main:
            module, _, function = self.options.main.partition(":")
            return trial.BY_NAME.format(folder=self.graph.folders[0], module=module,
                                        function=function)
        if self.package:
            return trial.BY_PACKAGE.format(folder=self.graph.folders[0], package=self.package)
        return trial.BY_PATH

    def build(self, front):
        if self.is_folder:
            self.add_folder()
        else:
            self.add_script()
        self.add_extra_data()
        self.add_main()
        if self.options.trace is not None:
            for name in trial.loaded_modules(self.trial_start(), self.target, self.options.trace):
                self.graph.add(name)
        for name in self.options.include:
            self.graph.include(name)
        if self.options.standalone:
            more = ("typhon.repl",) if self.options.interpreter_too else ()
            for name in ("codecs", "encodings", "runpy", "traceback", "warnings", *more):
                self.graph.add(name)
        self.graph.scan_found()
        self.add_entry_points()
        self.check_missing()
        self.add_found()
        self.add_package_files()
        self.add_boot()
        manifest = self.manifest()
        self.compile_all()
        self.add_folders()
        self.entries["MANIFEST.json"] = manifest
        if self.options.files:
            self.entries[FILES] = b""
        return zip_bytes(front, self.entries, zipfile.ZIP_DEFLATED if self.options.compress
                         else zipfile.ZIP_STORED)

    def report(self, size):
        kinds = [m.kind for m in self.graph.modules.values() if m.path]
        print(f"{self.options.output}: {size:,} bytes; modules: {kinds.count('application')} of "
              f"the application, "
              f"{kinds.count('packages')} of other packages, {kinds.count('library')} of the "
              f"standard library; "
              f"{len(self.data)} data files")
        for name, why in sorted(self.graph.left_out.items()):
            if why not in ("standard library", "built in") or self.options.list:
                print(f"  left out: {name} ({why})")
        for path, line, name, optional in sorted(set(self.graph.missing)):
            module = next((m for m in self.graph.modules.values() if m.path == path), None)
            if module and module.kind == "application":
                print(f"  not found: {name} ({path}:{line}{', optional' if optional else ''})")
        plug_ins = {found.name.partition(".")[0]: f"{module.path}:{found.line}" for module,
                    found in self.graph.plug_ins}
        for name, place in sorted(plug_ins.items()):
            print(f"  not followed: {name} ({place}, perhaps a plug-in for it; --include {name} "
                  f"takes it)")
        if self.graph.restarts and self.options.executable and not self.options.interpreter_too:
            places = ", ".join(self.graph.restarts[:3]) + (", ..." if self.graph.restarts[3:]
                                                           else "")
            print(f"  sys.executable is used ({places}): it is the application, with --interpreter "
                  f"an interpreter")
        for note in self.graph.notes:
            print(f"  {note}")
        if self.options.list:
            for name, data in sorted(self.entries.items()):
                print(f"{len(data):>12,}  {name}")


class Bar:
    """A progress bar on standard error, when that is a terminal."""

    def __init__(self, total, quiet):
        self.total, self.done, self.shown = total, 0, sys.stderr.isatty() and not quiet

    def step(self):
        self.done += 1
        if self.shown:
            full = 40 * self.done // self.total
            print(f"\rcompiling [{'#' * full}{' ' * (40 - full)}] {self.done}/{self.total}", end="",
                  file=sys.stderr)

    def end(self):
        if self.shown:
            print(file=sys.stderr)


class Options:
    """What pack() takes."""

    output = main = interpreter = trace = sign = None
    optimize, compress, executable, standalone, quiet, seal, list = (-1, False, False, False, True,
                                                                     False, False)
    files = sources = interpreter_too = False
    exclude = include = data = ()

    def __init__(self, **values):
        for name, value in values.items():
            if not hasattr(type(self), name):
                raise TypeError(f"pack() got an unexpected keyword argument '{name}'")
            setattr(self, name, value)


def pack(target, output=None, **options):
    """Pack the application; returns the path of the file.  Options: as on the command line."""
    o = Options(output=output, **options)
    base = os.path.splitext(os.path.basename(os.path.abspath(target)))[0] if not os.path.isdir(target) \
        else os.path.basename(os.path.abspath(target))
    o.output = o.output or (base if o.executable else base + ".pyz")
    if o.interpreter_too and not o.executable:
        raise PackError("--interpreter goes with --executable only", 2)
    if o.executable:
        o.standalone = True
    interpreter = o.interpreter or default_interpreter()
    if "\n" in interpreter:
        raise PackError("the interpreter's path holds a newline", 2)
    signer = seal.Signer(o.sign) if o.sign else None
    packer = Packer(target, o)
    front = (packed_interpreter(o.interpreter_too) if o.executable
             else b"#!" + os.fsencode(interpreter) + b"\n")
    data = packer.build(front)
    if o.seal or signer:
        data = sealed(data, signer)
    write_program(o.output, data)
    if not o.quiet:
        packer.report(len(data))
    return o.output


def main(argv=None):
    p = argparse.ArgumentParser(prog="typhon -m typhon.pack",
                                description="Pack an application as one file.")
    p.add_argument("target", metavar="APP", help="the folder of the application, or a script")
    p.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: APP.pyz)")
    p.add_argument("-m", "--main", metavar="PKG.MOD:FUNC",
                   help="the function to call (default: run __main__.py)")
    p.add_argument("-p", "--python", metavar="INTERPRETER", dest="interpreter",
                   help="what the archive's first line names")
    p.add_argument("-O", "--optimize", type=int, default=-1, choices=(0, 1, 2),
                   help="level of optimisation")
    p.add_argument("--compress", action="store_true",
                   help="a smaller file, whose modules take longer to import")
    p.add_argument("--executable", action="store_true",
                   help="one file with the interpreter in it; implies --standalone")
    p.add_argument("--interpreter", action="store_true", dest="interpreter_too",
                   help="sys.executable of the one file is an interpreter: libraries may start it "
                        "with -c, -m or a script")
    p.add_argument("--standalone", action="store_true",
                   help="take the needed part of the standard library")
    p.add_argument("--exclude", metavar="NAME", action="append", default=[],
                   help="leave a module or package out")
    p.add_argument("--include", metavar="NAME", action="append", default=[],
                   help="take a module or a whole package, too")
    p.add_argument("--data", metavar="PATH[=NAME]", action="append", default=[],
                   help="a file or folder to copy")
    p.add_argument("--files", action="store_true",
                   help="open(), os, glob and pathlib find what is in the archive, under its path")
    p.add_argument("--sources", action="store_true",
                   help="take the sources, too: tracebacks and inspect show their lines")
    p.add_argument("--seal", action="store_true",
                   help="add a hash tree: the archive does not run with a changed byte")
    p.add_argument("--sign", metavar="KEYFILE",
                   help="sign with this Ed25519 key, a PEM file; implies --seal")
    p.add_argument("--list", action="store_true",
                   help="print all that went in, with sizes, and all that was left out")
    p.add_argument("--quiet", action="store_true", help="print nothing")
    p.add_argument("--trace", metavar="ARGUMENT", nargs=argparse.REMAINDER,
                   help="run the application with these arguments and add what it loads; the last "
                        "option")
    values = vars(p.parse_args(argv))
    target = values.pop("target")
    try:
        pack(target, **values)
    except PackError as e:
        print(f"pack: {e}", file=sys.stderr)
        return e.code
    except OSError as e:
        print(f"pack: {e.filename or target}: {e.strerror}", file=sys.stderr)
        return 1
    return 0
