"""Which modules an application needs: the imports in its sources, followed through the folders of a search path.

Nothing is imported.  An import counts as optional where the program goes on without it: in a try, a function or
`if TYPE_CHECKING`, or where the parent is no package and so must make the module when it runs.  What only shows when the program
runs (importlib.import_module of a computed name) is found by a trial run (trial.py).
"""
import _imp
import ast
import encodings
import importlib.util
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder

from typhon.pack.common import PackError, read

CALLS = {"import_module", "__import__"}
SCRIPT_TESTS = ("__name__ == '__main__'", "'__main__' == __name__")
# what the standard library needs besides what its sources say
HIDDEN = {
    "encodings": ["encodings." + name for name in ("aliases", "ascii", "cp437", "idna", "latin_1", "punycode", "unicode_escape",
                                                   "utf_16", "utf_32", "utf_8", "utf_8_sig")],
    "sysconfig": ["_sysconfigdata__x86_64-linux-gnu"],
}


class Import:
    """One import in a source: `name` as written after resolving dots, the names after `from`, where, and whether optional."""

    def __init__(self, name, members, line, optional):
        self.name, self.members, self.line, self.optional = name, members, line, optional


def is_script_part(statement):
    """Is it `if __name__ == "__main__":`?"""
    return isinstance(statement, ast.If) and ast.unparse(statement.test) in SCRIPT_TESTS


class Visitor(ast.NodeVisitor):
    """Collects the imports of a module, and the lines that use __file__."""

    def __init__(self, package, is_package, is_script, with_script):
        # is_package: the source is that of `package` itself; is_script: `if __name__ == "__main__":` is true; with_script: what
        # only such a part calls may be called
        self.package, self.is_package, self.is_script, self.with_script = package, is_package, is_script, with_script
        self.found, self.file_lines, self.depth, self.script_functions = [], [], 0, set()
        self.words = set()  # strings that may be names of encodings

    def visit_Module(self, node):
        scripts = [] if self.with_script else filter(is_script_part, node.body)
        self.script_functions = {call.func.id for script in scripts for call in ast.walk(script)
                                 if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)}
        self.generic_visit(node)

    def inside(self, node):
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    visit_Try = visit_TryStar = visit_AsyncFunctionDef = visit_Lambda = inside

    def visit_If(self, node):
        if self.is_script or not is_script_part(node):
            self.inside(node)
        else:
            for other in node.orelse:
                self.visit(other)

    def visit_FunctionDef(self, node):
        if self.depth or node.name not in self.script_functions:
            self.inside(node)

    def add(self, name, members, node):
        self.found.append(Import(name, members, node.lineno, self.depth > 0))

    def visit_Import(self, node):
        for alias in node.names:
            self.add(alias.name, (), node)

    def visit_ImportFrom(self, node):
        base = node.module or ""
        if node.level:
            parts = self.package.split(".") if self.package else []
            if node.level - 1 >= len(parts):
                return  # beyond the top: fails when it runs
            base = ".".join(parts[:len(parts) - node.level + 1] + ([base] if base else []))
        self.add(base, tuple(alias.name for alias in node.names), node)

    def visit_Call(self, node):
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name in CALLS and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            called = node.args[0].value
            if called.startswith("."):
                called = self.absolute(called, node)
            if called:
                self.found.append(Import(called, (), node.lineno, True))
        self.generic_visit(node)

    def absolute(self, name, call):
        """What import_module() makes of a relative name; None: its package is computed."""
        package = next((k.value for k in call.keywords if k.arg == "package"), call.args[1] if len(call.args) > 1 else None)
        if isinstance(package, ast.Constant) and isinstance(package.value, str):
            base = package.value
        elif isinstance(package, ast.Name) and package.id == "__package__":
            base = self.package
        elif isinstance(package, ast.Name) and package.id == "__name__" and self.is_package:
            base = self.package
        else:
            return None
        try:
            return importlib.util.resolve_name(name, base)
        except ImportError:
            return None

    def visit_Constant(self, node):
        if isinstance(node.value, str) and len(node.value) < 24:
            self.words.add(node.value)

    def visit_Name(self, node):
        if node.id == "__file__":
            self.file_lines.append(node.lineno)


class Module:
    """A module that goes into the archive."""

    def __init__(self, name, path, is_package, kind):
        self.name, self.path, self.is_package, self.kind = name, path, is_package, kind
        self.imports = []  # names of modules that it imports, found or built in
        self.with_script = kind != "library"  # False: what it does as a script has not been followed

    @property
    def is_source(self):
        return self.path.endswith(".py")

    @property
    def entry(self):
        """Its name in the archive, without the last ending of a source."""
        tail = self.name.replace(".", "/")
        if self.path.endswith(tuple(EXTENSION_SUFFIXES)):
            return os.path.join(os.path.dirname(tail), os.path.basename(self.path))
        return tail + ("/__init__" if self.is_package else "") + (".py" if self.is_source else ".pyc")


class Graph:
    """Modules found from some roots.

    modules: name -> Module; missing: (importing file, line, name, optional); left_out: (name, why)
    """

    def __init__(self, folders, library, exclude=(), with_library=False):
        self.folders, self.library = folders, [os.path.realpath(p) for p in library]
        self.exclude, self.with_library = tuple(exclude), with_library
        self.modules, self.missing, self.left_out, self.notes = {}, [], {}, []
        self.absent, self.unread = set(), []  # unread: modules whose imports are still to be followed

    def is_excluded(self, name):
        return any(name == x or name.startswith(x + ".") for x in self.exclude)

    def kind_of(self, path):
        """Where a file is from: the application's first folder, the standard library, or another folder, also one in these."""
        real = os.path.realpath(path)
        around = [folder for folder in map(os.path.realpath, self.folders + self.library) if real.startswith(folder + os.sep)]
        folder = max(around, key=len, default="")
        if folder in self.library:
            return "packages" if "-packages" in real[len(folder):] else "library"
        own = os.path.realpath(self.folders[0])  # that of other packages, too: an installed one is packed
        return "application" if folder == own and not own.endswith("-packages") else "packages"

    def find(self, name):
        """The spec of a module, found without importing its parents; None: there is none."""
        search, spec = self.folders + self.library, None
        for part in name.split("."):  # a finder of files needs the last part only
            spec = PathFinder.find_spec(part, search)
            if spec is None:
                return None
            search = list(spec.submodule_search_locations or ())
        return spec

    def is_built_in(self, name):
        return name in sys.builtin_module_names or _imp.is_frozen(name)

    def add(self, name):
        """Takes the module and its parents in.  False: it is nowhere."""
        if name in self.modules or name in self.left_out:
            return True
        if name in self.absent:
            return False
        if self.is_excluded(name):
            self.left_out[name] = "excluded"
            return True
        parent = name.rpartition(".")[0]
        if parent and not self.add(parent):
            return False
        if parent in self.left_out and parent:
            self.left_out[name] = self.left_out[parent]
            return True
        if self.is_built_in(name):
            self.left_out[name] = "built in"
            return True
        spec = self.find(name)
        if spec is None:
            self.absent.add(name)
            return False
        self.take(name, spec)
        return True

    def take(self, name, spec):
        is_package = spec.submodule_search_locations is not None
        if not spec.has_location:  # a namespace package: nothing to store
            self.modules[name] = Module(name, "", True, "folder")
            return
        kind = self.kind_of(spec.origin)
        if kind == "library" and not self.with_library:
            self.left_out[name] = "standard library"
            return
        module = self.modules[name] = Module(name, spec.origin, is_package, kind)
        if module.is_source:
            self.unread.append(module)
        for hidden in HIDDEN.get(name, ()):
            self.add(hidden)

    def scan_found(self):
        """Follows the imports of all that has been added, and of what these bring along."""
        while self.unread:
            self.scan(self.unread.pop())

    def scan(self, module, source=None):
        """Adds what a source imports."""
        package = module.name if module.is_package else module.name.rpartition(".")[0]
        is_script = module.name.rpartition(".")[2] == "__main__"
        visitor = Visitor(package, module.is_package, is_script, is_script or module.with_script)
        try:
            visitor.visit(ast.parse(read(module.path) if source is None else source, module.path))
        except SyntaxError as e:
            if module.kind == "application":
                place = f"{module.path}:{e.lineno}" if e.lineno else module.path
                raise PackError(f"{place}: {e.msg}") from e
            return
        except (ValueError, RecursionError) as e:
            raise PackError(f"{module.path}: {e}") from e
        if visitor.file_lines and module.kind == "application":
            self.notes.append(f"{module.path}:{visitor.file_lines[0]}: __file__ names a place in the archive; "
                              "read data with importlib.resources or pkgutil.get_data")
        for found in visitor.found:
            self.follow(module, found)
        if self.with_library and module.kind != "library":
            self.add_encodings(visitor.words)

    def add_encodings(self, words):
        """Takes the codecs of these names in; words that name none are ignored."""
        for word in sorted(words):
            name = encodings.normalize_encoding(word).lower()
            name = "encodings." + encodings.aliases.aliases.get(name, name)
            if name not in self.modules and name.isascii() and self.find(name):
                self.add(name)

    def follow(self, module, found):
        if found.name and not self.add(found.name):
            parent = self.modules.get(found.name.rpartition(".")[0])  # one that is no package makes others when it runs
            optional = found.optional or bool(parent and not parent.is_package)
            self.missing.append((module.path, found.line, found.name, optional))
            return
        if found.name:
            module.imports.append(found.name)
        target = self.modules.get(found.name)
        if target and not target.with_script and target.is_source and module.kind != "library":
            target.with_script = True  # the program may call its main(); other modules of the library do not
            self.unread.append(target)
        for member in found.members:
            if target and target.is_package and member != "*" and self.find(f"{found.name}.{member}"):
                if self.add(f"{found.name}.{member}"):
                    module.imports.append(f"{found.name}.{member}")
