"""The interactive prompt.

main() reads statements from standard input, compiles each in 'single' mode in the namespace of
__main__ and runs it, until the end of input or SystemExit.  On a terminal lines are read with
input(), which edits and remembers them when the readline module is loaded (sys.__interactivehook__
of the site module loads it and the completer).  Otherwise prompts go to standard error and lines
come from sys.stdin.
"""
import __future__
import codeop
import sys
import warnings
import __main__

FILENAME = "<stdin>"


def is_terminal(stream):
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def flush_streams():
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except (AttributeError, ValueError, OSError):
            pass


def prompt_text(name, default):
    try:
        return str(getattr(sys, name, default))
    except Exception:
        return default


def read_line(prompt):
    """One line with its newline; "" at the end of input."""
    if is_terminal(sys.stdin) and is_terminal(sys.stdout):
        try:
            return input(prompt) + "\n"
        except EOFError:
            return ""
    flush_streams()
    try:
        sys.stderr.write(prompt)
        sys.stderr.flush()
    except (AttributeError, ValueError, OSError):
        pass
    try:
        return sys.stdin.readline() if sys.stdin is not None else ""
    except (ValueError, OSError):  # closed
        return ""


def show_exception(exc, tb):
    """Report an uncaught error through sys.excepthook and remember it in sys.last_*."""
    exc.__traceback__ = tb
    sys.last_type, sys.last_value, sys.last_traceback = type(exc), exc, tb
    hook = getattr(sys, "excepthook", None)
    flush_streams()
    if hook is None:
        print("sys.excepthook is missing", file=sys.stderr)
        sys.__excepthook__(type(exc), exc, tb)
        return
    try:
        hook(type(exc), exc, tb)
    except SystemExit:
        raise
    except BaseException as second:
        print("Error in sys.excepthook:", file=sys.stderr)
        sys.__excepthook__(type(second), second, second.__traceback__
                           and second.__traceback__.tb_next)
        print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(type(exc), exc, tb)


def execute(code, namespace):
    try:
        exec(code, namespace)
    except SystemExit:
        raise
    except BaseException as e:
        show_exception(e, e.__traceback__ and e.__traceback__.tb_next)
    flush_streams()


class Prompt:
    """The state between two lines: what has been typed of the statement, and the __future__ flags
    so far."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.future = 0
        self.lines = []

    def reset(self):
        self.lines.clear()

    @staticmethod
    def is_complete(source, flags):
        """False when another line may follow; raises SyntaxError when the source is wrong whatever
        follows."""
        partial = flags | codeop.PyCF_ALLOW_INCOMPLETE_INPUT
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                compile(source, FILENAME, "single", partial, True)
                return True
            except SyntaxError:
                pass
            try:
                compile(source + "\n", FILENAME, "single", partial, True)
                return False
            except SyntaxError as e:
                if "incomplete input" in str(e):
                    return False
        compile(source + "\n", FILENAME, "single", flags, True)
        return True

    def statement(self, at_end):
        """The code object of what has been typed, None when more is needed."""
        source = "".join(self.lines).removesuffix("\n")
        flags = self.future | (0 if at_end else codeop.PyCF_DONT_IMPLY_DEDENT)
        if at_end:
            code = compile(source + "\n", FILENAME, "single", flags, True)
        elif self.is_complete(source, flags):
            code = compile(source, FILENAME, "single", flags, True)
        else:
            return None
        for name in __future__.all_feature_names:
            self.future |= code.co_flags & getattr(__future__, name).compiler_flag
        return code

    def feed(self, line):
        """Take one line, "" at the end of input; run the statement when it is complete."""
        if not self.lines and line.strip() and line.lstrip().startswith("#"):
            return
        if line:
            self.lines.append(line)
        if not any(map(str.strip, self.lines)):
            self.reset()
            return
        try:
            code = self.statement(at_end=not line)
        except (SyntaxError, OverflowError, ValueError, MemoryError, RecursionError) as e:
            self.reset()
            e.__context__ = None
            show_exception(e, None)
            return
        if code is not None:
            self.reset()
            execute(code, self.namespace)

    def run(self):
        while True:
            unfinished = bool(self.lines)
            prompt = prompt_text("ps2", "... ") if unfinished else prompt_text("ps1", ">>> ")
            try:
                line = read_line(prompt)
                self.feed(line)
            except KeyboardInterrupt:
                self.reset()
                flush_streams()
                sys.stderr.write("\nKeyboardInterrupt\n")
                continue
            if not line and not unfinished:
                break
        try:
            sys.stderr.write("\n")
        except (AttributeError, ValueError, OSError):
            pass


def show_banner():
    sys.stderr.write(f"Python {sys.version.replace(chr(10), ' ')} on {sys.platform}\n")
    if not sys.flags.no_site:
        sys.stderr.write('Type "help", "copyright", "credits" or "license" for more information.\n')
    sys.stderr.flush()


def run_startup(namespace):
    """Run the file PYTHONSTARTUP names."""
    import os
    path = None if sys.flags.ignore_environment else os.environ.get("PYTHONSTARTUP")
    if not path:
        return
    try:
        with open(path, "rb") as f:
            source = f.read()
    except OSError as e:
        sys.stderr.write("Could not open PYTHONSTARTUP\n")
        show_exception(e, None)
        return
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as e:
        show_exception(e, None)
        return
    execute(code, namespace)


def run_hook():
    """Load line editing and completion, as the site module has arranged it."""
    hook = getattr(sys, "__interactivehook__", None)
    if hook is None:
        return
    try:
        hook()
    except Exception as e:
        sys.stderr.write("Failed calling sys.__interactivehook__\n")
        show_exception(e, e.__traceback__ and e.__traceback__.tb_next)


def main():
    """The prompt of a start without a program, and of -i behind a program."""
    namespace = __main__.__dict__
    if not sys.argv or sys.argv[0] in ("", "-"):
        if not sys.flags.quiet:
            show_banner()
        run_startup(namespace)
    run_hook()
    for name, text in (("ps1", ">>> "), ("ps2", "... ")):
        if not hasattr(sys, name):
            setattr(sys, name, text)
    Prompt(namespace).run()


if __name__ == "__main__":
    sys.argv[:] = [""]
    main()
