"""What a build system asks of an interpreter, one line per option: what `typhon-config` and `typhon
-m typhon.config` run."""
import sys
import sysconfig

USAGE = ("typhon-config --prefix|--exec-prefix|--includes|--libs|--cflags|--ldflags|--extension-suffix|--help|--abiflags|"
         "--configdir")


def answer(option):
    """The line for an option; KeyError: there is no such option."""
    variable = sysconfig.get_config_var
    includes = "-I" + sysconfig.get_path("include")
    flags = " ".join(word for word in variable("CFLAGS").split() if word != includes)
    return {
        "--prefix": sys.prefix,
        "--exec-prefix": sys.exec_prefix,
        "--includes": includes,
        "--libs": "",  # extensions find the interpreter's functions in the program that loads them
        "--ldflags": "",
        "--cflags": f"{includes} {flags}",
        "--extension-suffix": variable("EXT_SUFFIX"),
        "--abiflags": "",
        "--configdir": sysconfig.get_path("include"),
    }[option]


def main(options):
    if not options or "--help" in options:
        print("usage:", USAGE, file=sys.stdout if options else sys.stderr)
        return 0 if options else 1
    try:
        lines = [answer(option) for option in options]
    except KeyError as e:
        print(f"typhon-config: no option {e.args[0]}\nusage: {USAGE}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
