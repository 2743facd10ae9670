/* Reading the command line and the environment into runtime.config; no Python objects exist yet. */
#include "core/runtime/config.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "core/base/locale.h"
#include "core/runtime/packed.h"
#include "gc/thread_stats.h"

static const char usage_line[] =
    "usage: typhon [option] ... [-c cmd | -m mod | file | -] [arg] ...\n";
static const char help_text[] =
    "Options (and corresponding environment variables):\n"
    "-b     : issue warnings about str(bytes_instance) and comparing bytes with str (-bb: errors)\n"
    "-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x\n"
    "-c cmd : program passed in as string (terminates option list)\n"
    "-d     : accepted for compatibility\n"
    "-E     : ignore PYTHON* environment variables\n"
    "-h     : print this help message and exit (also -? or --help)\n"
    "-i     : inspect interactively after running script; also PYTHONINSPECT=x\n"
    "-I     : isolate from the user's environment (implies -E, -P and -s)\n"
    "-m mod : run library module as a script (terminates option list)\n"
    "-O     : remove assert and __debug__-dependent statements; also PYTHONOPTIMIZE=x\n"
    "-OO    : do -O changes and also discard docstrings\n"
    "-P     : don't prepend a potentially unsafe path to sys.path; also PYTHONSAFEPATH\n"
    "-q     : don't print version and copyright messages on interactive startup\n"
    "-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE\n"
    "-S     : don't imply 'import site' on initialization\n"
    "-u     : force the stdout and stderr streams to be unbuffered; also PYTHONUNBUFFERED=x\n"
    "-v     : verbose (trace import statements); also PYTHONVERBOSE=x\n"
    "-V     : print the version number and exit (also --version)\n"
    "-W arg : warning control; arg is action:message:category:module:lineno; also "
    "PYTHONWARNINGS=arg\n"
    "-x     : skip first line of source, allowing use of non-Unix forms of #!cmd\n"
    "-X opt : set implementation-specific option\n"
    "--check-hash-based-pycs always|default|never: how to validate hash-based .pyc files\n"
    "--help-env, --help-xoptions, --help-all: more help\n"
    "Arguments:\n"
    "file   : program read from script file\n"
    "-      : program read from stdin (default; interactive mode if a tty)\n"
    "arg ...: arguments passed to program in sys.argv[1:]\n";

static const char help_env[] =
    "Environment variables that change behavior:\n"
    "PYTHONBREAKPOINT          : what breakpoint() calls; 0 switches it off\n"
    "PYTHONDEVMODE             : development mode (-X dev)\n"
    "PYTHONDONTWRITEBYTECODE   : don't write .pyc files (-B)\n"
    "PYTHONFAULTHANDLER        : dump tracebacks on fatal errors (-X faulthandler)\n"
    "PYTHONHASHSEED            : seed of hashes, a number or 'random'\n"
    "PYTHONHOME                : alternate directory of the standard library\n"
    "PYTHONINSPECT             : inspect interactively after running script (-i)\n"
    "PYTHONINTMAXSTRDIGITS     : limit of digits in conversions of int and str\n"
    "PYTHONIOENCODING          : encoding[:errors] of stdin, stdout and stderr\n"
    "PYTHONNODEBUGRANGES       : no columns in tracebacks (-X no_debug_ranges)\n"
    "PYTHONNOUSERSITE          : no user site directory (-s)\n"
    "PYTHONOPTIMIZE            : remove assert statements (-O)\n"
    "PYTHONPATH                : directories prefixed to sys.path, separated by ':'\n"
    "PYTHONPROFILEIMPORTTIME   : show how long imports take (-X importtime)\n"
    "PYTHONPYCACHEPREFIX       : root directory of .pyc files (-X pycache_prefix)\n"
    "PYTHONSAFEPATH            : don't prepend a potentially unsafe path to sys.path (-P)\n"
    "PYTHONUNBUFFERED          : stdout and stderr are not buffered (-u)\n"
    "PYTHONUTF8                : UTF-8 mode (-X utf8)\n"
    "PYTHONVERBOSE             : trace import statements (-v)\n"
    "PYTHONWARNDEFAULTENCODING : warn when a text file gets the default encoding\n"
    "PYTHONWARNINGS            : warning control (-W)\n";
static const char help_xoptions[] =
    "Implementation-specific options:\n"
    "-X dev                     : development mode\n"
    "-X faulthandler            : dump tracebacks on fatal errors\n"
    "-X frozen_modules=[on|off] : whether frozen modules are used\n"
    "-X gcstats                 : report at exit what the collector did\n"
    "-X importtime              : show how long imports take\n"
    "-X int_max_str_digits=N    : limit of digits in conversions of int and str\n"
    "-X no_debug_ranges         : no columns in tracebacks\n"
    "-X pycache_prefix=DIR      : root directory of .pyc files\n"
    "-X require-signer=FILE     : run only archives that this key has signed; implies -I\n"
    "-X threadstats             : report at exit where the time of each thread went\n"
    "-X utf8[=0|1]              : UTF-8 mode\n"
    "-X warn_default_encoding   : warn when a text file gets the default encoding\n";

static const char *env(const char *name)
{
    const char *v = runtime.config.ignore_environment ? NULL : getenv(name);
    return v && *v ? v : NULL;
}

static int env_int(const char *name)
{
    const char *v = env(name);
    if (!v) {
        return 0;
    }
    int i = atoi(v);
    return i > 0 ? i : 1;
}

static void max_int(int *slot, int v)
{
    *slot = *slot > v ? *slot : v;
}

static void add_warn(CommandLine *line, const char *arg)
{
    if (line->n_warn < (int)ARRAY_SIZE(line->warn)) {
        line->warn[line->n_warn++] = arg;
    }
}

static int fatal(const char *what)
{
    fprintf(stderr, "Fatal Python error: %s\n", what);
    return 1;
}

static bool random_hashes; /* -R: whatever PYTHONHASHSEED says */

static int read_hash_seed(const char *seed)
{
    Config *c = &runtime.config;
    if (!seed || random_hashes || strcmp(seed, "random") == 0) {
        return -1;
    }
    char *end;
    unsigned long v = strtoul(seed, &end, 10);
    if (*end || v > 4294967295UL) {
        return fatal(
            "config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range "
            "[0; 4294967295]");
    }
    c->hash_seed = v;
    c->hash_seed_set = true;
    return -1;
}

static void set_hash_key(void)
{
    if (!runtime.config.hash_seed_set) {
        if (getrandom(runtime.hash_key, sizeof runtime.hash_key, 0) == sizeof runtime.hash_key) {
            return;
        }
        runtime.hash_key[0] = (uint64_t)(uintptr_t)&runtime ^ (uint64_t)clock();
        return;
    }
    /* A linear congruential generator over the seed, as in the reference, so that hashes are the
     * same; seed 0 switches randomisation off. */
    uint32_t x = (uint32_t)runtime.config.hash_seed;
    uint8_t bytes[sizeof runtime.hash_key] = {0};
    for (size_t i = 0; i < sizeof bytes && runtime.config.hash_seed; i++) {
        x = x * 214013 + 2531011;
        bytes[i] = (uint8_t)(x >> 16);
    }
    memcpy(runtime.hash_key, bytes, sizeof bytes);
}

static void apply_x_option(const char *opt)
{
    Config *c = &runtime.config;
    if (strcmp(opt, "dev") == 0) {
        c->dev_mode = true;
    } else if (strcmp(opt, "faulthandler") == 0) {
        c->faulthandler = true;
    } else if (strcmp(opt, "gcstats") == 0) {
        c->gc_stats = true;
    } else if (strcmp(opt, "threadstats") == 0) {
        thread_stats_on = true;
    } else if (strcmp(opt, "importtime") == 0 || strncmp(opt, "importtime=", 11) == 0) {
        c->import_time = true;
    } else if (strcmp(opt, "frozen_modules=off") == 0) {
        c->no_frozen = true;
    } else if (strcmp(opt, "no_debug_ranges") == 0) {
        c->no_debug_ranges = true;
    } else if (strcmp(opt, "warn_default_encoding") == 0) {
        c->warn_default_encoding = true;
    } else if (strcmp(opt, "pycache_prefix") == 0) {
        c->pycache_prefix = NULL;
    } else if (strncmp(opt, "pycache_prefix=", 15) == 0) {
        c->pycache_prefix = opt[15] ? strdup(opt + 15) : NULL;
    }
}

/* Tracing of memory blocks from the start; 0 frames: off. */
static int read_tracemalloc(const char *frames, const char *where)
{
    char *end, what[128];
    long n = strtol(frames, &end, 10);
    if (*end || n < 0 || n > UINT16_MAX) {
        snprintf(what, sizeof what, "config_init_tracemalloc: %s: invalid number of frames", where);
        return fatal(what);
    }
    runtime.config.tracemalloc = (int)n;
    return -1;
}

/* Options whose value can be wrong; -1, or the exit code of an error. */
static int read_x_option(const char *opt)
{
    if (strncmp(opt, "frozen_modules=", 15) == 0 && opt[15] && strcmp(opt + 15, "on") &&
        strcmp(opt + 15, "off")) {
        return fatal("bad value for option -X frozen_modules (expected \"on\" or \"off\")");
    }
    return strcmp(opt, "tracemalloc") == 0 || strncmp(opt, "tracemalloc=", 12) == 0
               ? read_tracemalloc(opt[11] ? opt + 12 : "1", "-X tracemalloc=NFRAME")
               : -1;
}

static int read_digit_limit(const char *text, const char *where)
{
    char *end;
    long v = strtol(text, &end, 10);
    if (end == text || *end || (v != 0 && v < 640) || v > INT32_MAX) {
        fprintf(stderr,
                "Fatal Python error: config_init_int_max_str_digits: %s: invalid limit; must be >= "
                "640 or 0 for unlimited.\n",
                where);
        return 1;
    }
    runtime.config.int_max_str_digits = runtime.config.max_digits_flag = (int)v;
    return -1;
}

/* The UTF-8 mode (PEP 540): by option, by environment, or because the locale is C; -1, or the exit
 * code of an error. */
static int read_utf8_mode(const CommandLine *line)
{
    const char *value = env("PYTHONUTF8"), *wrong = "invalid PYTHONUTF8 environment variable value";
    for (int i = 0; i < line->n_x; i++) {
        if (strcmp(line->x[i], "utf8") == 0 || strncmp(line->x[i], "utf8=", 5) == 0) {
            value = line->x[i][4] ? line->x[i] + 5 : "1";
            wrong = "invalid -X utf8 option value";
        }
    }
    if (!value) {
        runtime.config.utf8_mode = strcmp(locale_name(), "C") == 0;
    } else if (strcmp(value, "0") && strcmp(value, "1")) {
        char what[128];
        snprintf(what, sizeof what, "preconfig_init_utf8_mode: %s", wrong);
        return fatal(what);
    } else {
        runtime.config.utf8_mode = *value == '1';
    }
    return -1;
}

/* In the C locale, which is not what anybody chose, programs and their children get a locale with
 * UTF-8 (PEP 538). */
static void coerce_locale(void)
{
    static const char *const targets[] = {"C.UTF-8", "C.utf8", "UTF-8"};
    const char *mode = env("PYTHONCOERCECLOCALE"), *all = getenv("LC_ALL");
    bool warn = mode && strcmp(mode, "warn") == 0;
    if ((mode && strcmp(mode, "0") == 0) || strcmp(locale_name(), "C")) {
        return;
    }
    if (all && *all) {
        if (warn) {
            fputs("Python runtime initialized with LC_CTYPE=C (a locale with default ASCII "
                  "encoding), which may cause Unicode compatibility problems. Using C.UTF-8, "
                  "C.utf8, or UTF-8 (if available) as alternative Unicode-compatible locales is "
                  "recommended.\n", stderr);
        }
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        if (setlocale(LC_CTYPE, targets[i])) {
            setenv("LC_CTYPE", targets[i], 1);
            if (warn) {
                fprintf(stderr,
                        "Python detected LC_CTYPE=C: LC_CTYPE coerced to %s (set another locale or "
                        "PYTHONCOERCECLOCALE=0 to disable this locale coercion behavior).\n",
                        targets[i]);
            }
            return;
        }
    }
}

/* The codec of what the system hands over.  Of encodings other than UTF-8 those are known that no
 * Python code is needed for: all of it is decoded as UTF-8 in the others. */
static const char *file_system_codec(void)
{
    static const struct { const char *encoding, *codec;
    } known[] = {{"ANSI_X3.4-1968", "ascii"}, {"US-ASCII", "ascii"}, {"ISO-8859-1", "iso8859-1"}};
    const char *encoding = runtime.config.utf8_mode ? "UTF-8" : locale_encoding();
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strcmp(encoding, known[i].encoding) == 0) {
            return known[i].codec;
        }
    }
    return NULL;
}

static int read_environment(CommandLine *line)
{
    Config *c = &runtime.config;
    int code = read_hash_seed(env("PYTHONHASHSEED"));
    max_int(&c->optimize, env_int("PYTHONOPTIMIZE"));
    max_int(&c->verbose, env_int("PYTHONVERBOSE"));
    max_int(&c->debug, env_int("PYTHONDEBUG"));
    c->inspect |= env("PYTHONINSPECT") != NULL;
    c->unbuffered |= env("PYTHONUNBUFFERED") != NULL;
    c->dont_write_bytecode |= env("PYTHONDONTWRITEBYTECODE") != NULL;
    c->no_user_site |= env("PYTHONNOUSERSITE") != NULL;
    c->safe_path |= env("PYTHONSAFEPATH") != NULL;
    c->dev_mode |= env("PYTHONDEVMODE") != NULL;
    c->faulthandler |= env("PYTHONFAULTHANDLER") != NULL;
    c->import_time |= env("PYTHONPROFILEIMPORTTIME") != NULL;
    c->no_debug_ranges |= env("PYTHONNODEBUGRANGES") != NULL;
    c->warn_default_encoding |= env("PYTHONWARNDEFAULTENCODING") != NULL;
    locale_begin();
    code = code < 0 ? read_utf8_mode(line) : code;
    coerce_locale();
    runtime.config.fs_codec = file_system_codec();
    const char *prefix = env("PYTHONPYCACHEPREFIX");
    c->pycache_prefix = prefix && !c->pycache_prefix ? strdup(prefix) : c->pycache_prefix;
    const char *frames = env("PYTHONTRACEMALLOC"), *digits = env("PYTHONINTMAXSTRDIGITS");
    if (frames && code < 0) {
        code = read_tracemalloc(frames, "PYTHONTRACEMALLOC");
    }
    if (digits && code < 0) {
        code = read_digit_limit(digits, "PYTHONINTMAXSTRDIGITS");
    }
    for (int i = 0; i < line->n_x; i++) {
        apply_x_option(line->x[i]);
        code = code < 0 ? read_x_option(line->x[i]) : code;
        if (strcmp(line->x[i], "int_max_str_digits") == 0 && code < 0) {
            code = read_digit_limit("", "-X int_max_str_digits");
        }
        if (strncmp(line->x[i], "int_max_str_digits=", 19) == 0 && code < 0) {
            code = read_digit_limit(line->x[i] + 19, "-X int_max_str_digits");
        }
    }
    c->faulthandler |= c->dev_mode;
    return code;
}

/* One letter of a bundle; value: the rest of the bundle or the next argument for options that take
 * one. Returns false for an unknown letter. */
static bool read_flag(char letter)
{
    Config *c = &runtime.config;
    switch (letter) {
    case 'b': c->bytes_warning++; return true;
    case 'B': c->dont_write_bytecode = true; return true;
    case 'd': c->debug++; return true;
    case 'E': c->ignore_environment = true; return true;
    case 'i': c->inspect = 1; c->interactive = 1; return true;
    case 'I':
        c->isolated = c->ignore_environment = c->no_user_site = c->safe_path = true;
        return true;
    case 'O': c->optimize++; return true;
    case 'P': c->safe_path = true; return true;
    case 'q': c->quiet++; return true;
    case 'R': random_hashes = true; return true;
    case 's': c->no_user_site = true; return true;
    case 'S': c->no_site = true; return true;
    case 'u': c->unbuffered = true; return true;
    case 'v': c->verbose++; return true;
    case 'x': case 't': return true;
    default: return false;
    }
}

/* -X require-signer=FILE is known before the environment is read. */
static int read_signer(const CommandLine *line)
{
    for (int i = 0; i < line->n_x; i++) {
        if (strncmp(line->x[i], "require-signer", 14) == 0) {
            if (line->x[i][14] != '=' || !line->x[i][15]) {
                return fatal("bad value for option -X require-signer (expected the file of a key)");
            }
            runtime.config.require_signer = line->x[i] + 15;
            read_flag('I');
        }
    }
    return -1;
}

static int long_option(const char *opt, const char *next, int *used)
{
    *used = 1;
    if (strcmp(opt, "--help") == 0) {
        fputs(usage_line, stdout);
        fputs(help_text, stdout);
        return 0;
    }
    if (strcmp(opt, "--help-all") == 0 || strcmp(opt, "--help-env") == 0 ||
        strcmp(opt, "--help-xoptions") == 0) {
        bool all = opt[7] == 'a';
        if (all) {
            printf("%s%s\n", usage_line, help_text);
        }
        if (all || opt[7] == 'e') {
            fputs(help_env, stdout);
        }
        if (all || opt[7] == 'x') {
            printf("%s%s", all ? "\n" : "", help_xoptions);
        }
        return 0;
    }
    if (strcmp(opt, "--version") == 0) {
        puts("Python 3.11.2 (Typhon 0.1.0)");
        return 0;
    }
    if (strcmp(opt, "--check-hash-based-pycs") == 0) {
        if (!next || (strcmp(next, "always") && strcmp(next, "default") && strcmp(next, "never"))) {
            fputs(next ? "--check-hash-based-pycs must be one of 'default', 'always', or 'never'\n"
                       : "Argument expected for the --check-hash-based-pycs options\n",
                  stderr);
            fputs(usage_line, stderr);
            fputs("Try `typhon -h' for more information.\n", stderr);
            return 2;
        }
        runtime.config.check_pycs = next;
        *used = 2;
        return -1;
    }
    fprintf(stderr, "unknown option %s\n", opt);
    fputs(usage_line, stderr);
    fputs("Try `typhon -h' for more information.\n", stderr);
    return 2;
}

/* Handles one bundle argv[*i]; returns an exit code or -1, sets *stop when the option list ends. */
static int read_bundle(int argc, char **argv, int *i, CommandLine *line, bool *stop)
{
    const char *arg = argv[*i];
    for (const char *p = arg + 1; *p; p++) {
        if (strchr("cmWX", *p)) {
            const char *value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
            if (!value) {
                fprintf(stderr, "Argument expected for the -%c option\n", *p);
                fputs(usage_line, stderr);
                fputs("Try `typhon -h' for more information.\n", stderr);
                return 2;
            }
            if (*p == 'W') {
                add_warn(line, value);
            } else if (*p == 'X') {
                if (line->n_x < (int)ARRAY_SIZE(line->x)) {
                    line->x[line->n_x++] = value;
                }
            } else {
                line->kind = *p == 'c' ? RUN_COMMAND : RUN_MODULE;
                line->target = value;
                *stop = true;
            }
            return -1;
        }
        if (*p == 'h' || *p == '?') {
            fputs(usage_line, stdout);
            fputs(help_text, stdout);
            return 0;
        }
        if (*p == 'V') {
            puts("Python 3.11.2 (Typhon 0.1.0)");
            return 0;
        }
        line->skip_first_line |= *p == 'x';
        if (!read_flag(*p)) {
            fprintf(stderr, "Unknown option: -%c\n", *p);
            fputs(usage_line, stderr);
            fputs("Try `typhon -h' for more information.\n", stderr);
            return 2;
        }
    }
    return -1;
}

void config_parse(int argc, char **argv, CommandLine *line)
{
    *line =
        (CommandLine){.kind = RUN_REPL, .program = argc > 0 ? argv[0] : "typhon", .exit_code = -1};
    runtime.config.int_max_str_digits = 4300;
    runtime.config.max_digits_flag = -1;
    int i = 1;
    bool stop = false;
    const char *archive = packed_archive();
    bool options = !archive || packed_is_interpreter(argc > 0 ? argv[0] : NULL);
    if (archive) {
        read_flag('I');
        read_flag('S');
        read_flag('B');
    }
    runtime.config.safe_path = archive && !options;
    if (!options) {
        line->kind = RUN_FILE;
        line->target = archive;
        int program = packed_child_program(argc, argv);
        if (program) {
            line->kind = RUN_COMMAND;
            line->target = argv[program];
            i = program + 1;
        }
    }
    while (options && i < argc && !stop && argv[i][0] == '-' && argv[i][1]) {
        int used = 1;
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        line->exit_code = argv[i][1] == '-'
                              ? long_option(argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used)
                              : read_bundle(argc, argv, &i, line, &stop);
        if (line->exit_code >= 0) {
            return;
        }
        i += used;
    }
    if (!line->target && i < argc) {
        line->kind = strcmp(argv[i], "-") == 0 ? RUN_STDIN : RUN_FILE;
        line->target = argv[i++];
    }
    /* a packed interpreter looks where a script is, not into the working directory */
    runtime.config.safe_path |= archive && line->kind != RUN_FILE;
    line->argc = argc - i;
    line->argv = argv + i;
    line->exit_code = read_signer(line);
    line->exit_code = line->exit_code < 0 ? read_environment(line) : line->exit_code;
    set_hash_key();
}
