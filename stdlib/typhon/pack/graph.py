"""Which modules an application needs: the imports in its sources, followed through the folders of a
search path.

Nothing is imported.  An import counts as optional where the program goes on without it: in a try, a
function, `with suppress(ImportError)` or `if TYPE_CHECKING`, or where the parent is no package and
so must make the module when it runs.

Names that are computed (importlib.import_module, __import__) are guessed.  Where the front of a
name stands in the source, as in f"pkg.plugins.{name}", all modules that begin with it go in; so do
those of a package whose __path__ is asked for, and those whose whole names are strings in the
source of a package, if their package is there.  Where nothing is known, all modules of the package
whose source imports so are possible, but for its tests; what these import from packages that
nothing else needs is not followed, nor what is optional for guessed modules: they may be plug-ins
for these.  A trial run (trial.py) finds the rest.
"""
import _imp
import ast
import encodings
import importlib.util
import os
import pkgutil
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder

from typhon.pack.common import PackError, read

CALLS = {"import_module", "__import__"}
# functions of other kinds have these names, too
CONSTANT_CALLS = CALLS | {"find_spec", "resolve_name", "run_module"}
SURE, LIKELY, POSSIBLE = range(3)  # whether a module is needed
NOT_GUESSED = ("__main__", "conftest", "test", "tests", "testing")
SCRIPT_TESTS = ("__name__ == '__main__'", "'__main__' == __name__")
# what the standard library needs besides what its sources say
HIDDEN = {
    "encodings": ["encodings." + name for name in ("aliases", "ascii", "cp437", "idna", "latin_1",
                                                   "punycode", "unicode_escape",
                                                   "utf_16", "utf_32", "utf_8", "utf_8_sig")],
    "sysconfig": ["_sysconfigdata__x86_64-linux-gnu"],
}


class Import:
    """One import in a source: `name` as written after resolving dots, the names after `from`,
    where, and whether optional."""

    def __init__(self, name, members, line, optional):
        self.name, self.members, self.line, self.optional = name, members, line, optional


def is_script_part(statement):
    """Is it `if __name__ == "__main__":`?"""
    return isinstance(statement, ast.If) and ast.unparse(statement.test) in SCRIPT_TESTS


def known_front(node):
    """The text that an expression's value begins with, as far as it stands there."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return known_front(node.values[0]) if node.values else ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return known_front(node.left)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return known_front(node.left).partition("%")[0]
    if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "format":
        return known_front(node.func.value).partition("{")[0]
    return ""


def made_from(source, names):
    """Strings that may be names of modules, in calls with one of these names among the
    arguments."""
    words = set()
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            texts = [a.value for a in call.args if isinstance(a, ast.Constant)
                     and isinstance(a.value, str)]
            if names.intersection(texts):
                words.update(text for text in texts if all(map(str.isidentifier, text.split("."))))
    return words


class Visitor(ast.NodeVisitor):
    """Collects the imports of a module, and the lines that use __file__ or sys.executable."""

    def __init__(self, package, is_package, is_script, with_script):
        # is_package: the source is that of `package` itself; is_script: `if __name__ ==
        # "__main__":` is true; with_script: what only such a part calls may be called
        self.package, self.is_package, self.is_script, self.with_script = package, is_package, is_script, with_script
        self.found, self.file_lines, self.depth, self.script_functions = [], [], 0, set()
        self.words = set()  # strings that may be names of encodings, or of modules
        self.computed = []  # (front, line) of names that are computed
        self.restarts = []  # lines that read sys.executable

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

    def visit_With(self, node):
        calls = [ast.unparse(item.context_expr) for item in node.items]
        if any(call.rpartition("suppress(")[0] in ("", "contextlib.") and "suppress(" in call
               for call in calls):
            self.inside(node)
        else:
            self.generic_visit(node)

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
        if name in CONSTANT_CALLS and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            called = node.args[0].value
            if called.startswith("."):
                called = self.absolute(called, node)
            if called:
                self.found.append(Import(called, (), node.lineno, True))
        elif name in CALLS and node.args:
            front = known_front(node.args[0])
            if front.startswith("."):
                front = (self.absolute("." * (len(front) - len(front.lstrip("."))) + "x", node)
                         or "")[:-1] + front.lstrip(".")
            self.computed.append((front, node.lineno))
        self.generic_visit(node)

    def absolute(self, name, call):
        """What import_module() makes of a relative name; None: its package is computed."""
        package = next((k.value for k in call.keywords if k.arg == "package"),
                       call.args[1] if len(call.args) > 1 else None)
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
        if isinstance(node.value, str) and len(node.value) < 60:
            self.words.add(node.value)

    def visit_Name(self, node):
        if node.id == "__file__":
            self.file_lines.append(node.lineno)
        elif node.id == "__path__" and self.is_package:
            self.computed.append((self.package + ".", node.lineno))

    def visit_Attribute(self, node):
        if node.attr == "__path__":
            name = ast.unparse(node.value)
            packages = {i.name for i in self.found if i.name == name}
            packages |= {f"{i.name}.{name}" for i in self.found if name in i.members}
            self.computed += [(package + ".", node.lineno) for package in sorted(packages)]
        if node.attr == "executable" and getattr(node.value, "id", None) == "sys" and isinstance(node.ctx, ast.Load):
            self.restarts.append(node.lineno)
        self.generic_visit(node)

    def visit_Assign(self, node):
        # a namespace package
        if not any(isinstance(target, ast.Name) and target.id == "__path__"
                   for target in node.targets):
            self.generic_visit(node)


class Module:
    """A module that goes into the archive."""

    def __init__(self, name, path, is_package, kind):
        self.name, self.path, self.is_package, self.kind = name, path, is_package, kind
        self.imports = []  # names of modules that it imports, found or built in
        self.certainty = SURE
        # False: what it does as a script has not been followed
        self.with_script = kind != "library"

    @property
    def is_source(self):
        return self.path.endswith(".py")

    @property
    def entry(self):
        """Its name in the archive, without the last ending of a source."""
        tail = self.name.replace(".", "/")
        if self.path.endswith(tuple(EXTENSION_SUFFIXES)):
            return os.path.join(os.path.dirname(tail), os.path.basename(self.path))
        return tail + ("/__init__" if self.is_package else "") + (".py" if self.is_source
                                                                  else ".pyc")


class Graph:
    """Modules found from some roots.

    modules: name -> Module; missing: (importing file, line, name, optional); left_out: (name, why)
    """

    def __init__(self, folders, library, exclude=(), with_library=False):
        self.folders, self.library = folders, [os.path.realpath(p) for p in library]
        self.exclude, self.with_library = tuple(exclude), with_library
        self.modules, self.missing, self.left_out, self.notes = {}, [], {}, []
        # unread: modules whose imports are still to be followed
        self.absent, self.unread = set(), []
        self.restarts = []  # where sys.executable is used, but for the library
        self.plug_ins = []  # (module, Import): what only possible plug-ins import
        self.certainty = SURE  # that of what is added now
        self.computed = []  # what guess() takes, when all that is known has been followed
        # strings that may be names of modules; waiting: their package is not there yet
        self.words, self.waiting = set(), set()

    def is_excluded(self, name):
        return any(name == x or name.startswith(x + ".") for x in self.exclude)

    def kind_of(self, path):
        """Where a file is from: the application's first folder, the standard library, or another
        folder, also one in these."""
        real = os.path.realpath(path)
        around = [folder for folder in map(os.path.realpath, self.folders + self.library)
                  if real.startswith(folder + os.sep)]
        folder = max(around, key=len, default="")
        if folder in self.library:
            return "packages" if "-packages" in real[len(folder):] else "library"
        # that of other packages, too: an installed one is packed
        own = os.path.realpath(self.folders[0])
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
        module.certainty = self.certainty
        if module.is_source:
            self.unread.append(module)
        for hidden in HIDDEN.get(name, ()):
            self.add(hidden)

    def scan_found(self):
        """Follows the imports of all that has been added, and of what these bring along."""
        while self.unread or self.computed or self.words or self.look_again():
            fronts = [computed for computed in self.computed if computed[1]]
            if self.unread:
                self.scan(self.unread.pop())
            elif self.words:
                self.add_words()
            elif self.computed:  # those first of which something is known
                self.guess(*self.computed.pop(self.computed.index(fronts[0]) if fronts else 0))

    def look_again(self):
        """Follows what plug-ins import, and what strings name, of packages that are there by now;
        False: there was nothing."""
        known = [(module, found) for module, found in self.plug_ins
                 if found.name.partition(".")[0] in self.modules]
        self.plug_ins = [pair for pair in self.plug_ins if pair not in known]
        for module, found in known:
            self.follow(module, found)
        self.words = {word for word in self.waiting if word.partition(".")[0] in self.modules}
        self.waiting -= self.words
        return bool(known or self.words)

    def include(self, name):
        """Takes a module in, and all modules below it if it is a package."""
        if not self.add(name):
            raise PackError(f"--include {name}: no such module", 2)
        for inner in self.below(name, "", True):
            self.add(inner)

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
            self.notes.append(f"{module.path}:{visitor.file_lines[0]}: __file__ names a place in "
                              f"the archive; "
                              "read data with importlib.resources or pkgutil.get_data")
        if visitor.restarts and module.kind != "library":
            self.restarts.append(f"{module.path}:{visitor.restarts[0]}")
        for found in visitor.found:
            self.follow(module, found)
        if module.kind != "library":
            self.words.update(word for word in visitor.words if "." in word
                              and all(map(str.isidentifier, word.split("."))))
            self.computed += [(module, front, line) for front, line in visitor.computed]
        if self.with_library and module.kind != "library":
            self.add_encodings(visitor.words)

    def add_encodings(self, words):
        """Takes the codecs of these names in; words that name none are ignored."""
        for word in sorted(words):
            name = encodings.normalize_encoding(word).lower()
            name = "encodings." + encodings.aliases.aliases.get(name, name)
            if name not in self.modules and name.isascii() and self.find(name):
                self.add(name)

    def add_guessed(self, name, certainty):
        """Takes a module in that may be needed; says how many come with it."""
        known = len(self.modules)
        self.certainty = certainty
        self.add(name)
        self.certainty = SURE
        return len(self.modules) - known

    def add_words(self):
        """Takes in modules, of packages that are there, which strings name: as pkg.mod or
        pkg.mod.Class."""
        words, self.words = self.words, set()
        for word in sorted(words):
            top = self.modules.get(word.partition(".")[0])
            if not top:
                self.waiting.add(word)
            elif top.kind in ("application", "packages") and top.is_package:
                name = next((name for name in (word, word.rpartition(".")[0])
                             if self.find(name)), None)
                if name and name not in self.modules:
                    self.add_guessed(name, LIKELY)

    def guess(self, module, front, line):
        """Takes in what an import of a computed name may mean."""
        package, _, start = front.rpartition(".")
        if not front and (module.is_package or "." in module.name):
            package = module.name.partition(".")[0]
        names = list(self.below(package, start, recurse=not front)) if package else []
        count = sum([self.add_guessed(name, LIKELY if front else POSSIBLE) for name in names])
        if count:
            self.notes.append(f"{module.path}:{line}: imports by computed names: {count} more of "
                              f"{package}")

    def below(self, package, start, recurse):
        """The names of the modules in a package, those whose last part begins with `start`."""
        spec = self.find(package)
        for info in pkgutil.iter_modules(list(spec.submodule_search_locations or ())) if spec else ():
            name = f"{package}.{info.name}"
            if info.name.startswith(start) and not info.name.startswith("test_") and info.name not in NOT_GUESSED:
                yield name
                if recurse and info.ispkg:
                    yield from self.below(name, "", True)

    def is_plug_in(self, module, found):
        """Is the module perhaps a plug-in for the package of what it imports, which nothing else
        needs?"""
        top = found.name.partition(".")[0]
        guessed = module.certainty == POSSIBLE or (module.certainty == LIKELY and found.optional)
        if not guessed or top == module.name.partition(".")[0] or top in self.modules or self.is_built_in(top):
            return False
        spec = self.find(top) if top else None
        return bool(spec and not (spec.has_location and self.kind_of(spec.origin) != "packages"))

    def maker(self, name):
        """The module, which is no package and so must make this one when it runs, as six makes
        six.moves.queue; None: there is none."""
        while name := name.rpartition(".")[0]:
            if name in self.modules:
                return None if self.modules[name].is_package else self.modules[name]

    def add_made(self, maker, found):
        """Takes in what the maker says of the names that are imported: strings that stand with one
        of them in a call, as in Moved("queue", "Queue")."""
        names = {*found.members, found.name.removeprefix(maker.name + "."),
                 found.name.rpartition(".")[2]}
        for word in sorted(made_from(read(maker.path), names)) if maker.is_source else ():
            if self.is_built_in(word) or self.find(word):
                self.add(word)

    def follow(self, module, found):
        if self.is_plug_in(module, found):
            self.plug_ins.append((module, found))
            return
        self.certainty = module.certainty
        if found.name and not self.add(found.name):
            maker = self.maker(found.name)
            optional = found.optional or module.certainty != SURE or maker is not None
            self.missing.append((module.path, found.line, found.name, optional))
            if maker:
                self.add_made(maker, found)
            return
        if found.name:
            module.imports.append(found.name)
        target = self.modules.get(found.name)
        if target and not target.with_script and target.is_source and module.kind != "library":
            # the program may call its main(); other modules of the library do not
            target.with_script = True
            self.unread.append(target)
        for member in found.members:
            if target and target.is_package and member != "*" and self.find(f"{found.name}.{member}"):
                if self.add(f"{found.name}.{member}"):
                    module.imports.append(f"{found.name}.{member}")
