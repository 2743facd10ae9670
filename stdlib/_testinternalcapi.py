"""What the reference's test suite asks about the interpreter itself."""
import sys

SIZEOF_PYGC_HEAD = 0


def get_config():
    """The settings that tests look at."""
    flags = sys.flags
    return {
        "code_debug_ranges": int("no_debug_ranges" not in sys._xoptions),
        "isolated": flags.isolated,
        "use_environment": int(not flags.ignore_environment),
        "dev_mode": int(flags.dev_mode),
        "optimization_level": flags.optimize,
        "parser_debug": flags.debug,
        "verbose": flags.verbose,
        "quiet": flags.quiet,
        "inspect": flags.inspect,
        "interactive": flags.interactive,
        "bytes_warning": flags.bytes_warning,
        "write_bytecode": int(not flags.dont_write_bytecode),
        "site_import": int(not flags.no_site),
        "user_site_directory": int(not flags.no_user_site),
        "safe_path": int(flags.safe_path),
        "warnoptions": list(sys.warnoptions),
        "argv": list(sys.argv),
        "module_search_paths": list(sys.path),
    }


def get_recursion_depth():
    """Number of Python frames below and including the caller's."""
    depth = 0
    frame = sys._getframe(1)
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth
