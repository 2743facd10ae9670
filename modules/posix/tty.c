/* posix: terminals. */
#include <pty.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <utmp.h>

#include "modules/posix/posix.h"

static Value terminal_size_type; /* root; init-only */

static Value os_get_terminal_size(ARGS)
{
    int fd = STDOUT_FILENO;
    struct winsize w;
    if (!int_arg(t, args[0], &fd)) {
        return 0;
    }
    if (ioctl(fd, TIOCGWINSZ, &w)) {
        return os_failed(t);
    }
    const Value fields[] = {fixnum(w.ws_col), fixnum(w.ws_row)};
    return structseq_pack(t, terminal_size_type, fields);
}

static Value os_openpty(ARGS)
{
    int master, slave, r;
    PARKED(t, r, openpty(&master, &slave, NULL, NULL, NULL));
    if (r) {
        return os_failed(t);
    }
    return set_cloexec(master, false) && set_cloexec(slave, false)
               ? tuple_pack(t, 2, fixnum(master), fixnum(slave))
               : os_failed(t);
}

static Value os_login_tty(ARGS)
{
    int fd;
    return fildes_arg(t, args[0], &fd) ? os_result(t, login_tty(fd)) : 0;
}

static Value os_ttyname(ARGS)
{
    int fd, err;
    char name[256];
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    PARKED(t, err, ttyname_r(fd, name, sizeof name));
    errno = err;
    return err ? os_failed(t) : str_from_fs(t, name, strlen(name));
}

static Value os_ctermid(ARGS)
{
    char name[L_ctermid + 1];
    ctermid(name);
    return str_from_fs(t, name, strlen(name));
}

static Value os_tcgetpgrp(ARGS)
{
    int fd;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    pid_t group = tcgetpgrp(fd);
    return group < 0 ? os_failed(t) : fixnum(group);
}
static Value os_tcsetpgrp(ARGS)
{
    int fd, group;
    return value_to_int(t, args[0], &fd) && value_to_int(t, args[1], &group)
               ? os_result(t, tcsetpgrp(fd, group))
               : 0;
}

const NativeDef posix_tty_functions[] = {
    {"get_terminal_size(fd=None, /)", os_get_terminal_size,
     "Size of the terminal: (columns, lines).", 0},
    {"openpty()", os_openpty, "Open a pseudo-terminal: (master, slave).", 0},
    {"login_tty(fd, /)", os_login_tty, "Make the terminal the controlling one of a new session.",
     0},
    {"ttyname(fd, /)", os_ttyname, "Name of the terminal.", 0},
    {"ctermid()", os_ctermid, "Name of the controlling terminal.", 0},
    {"tcgetpgrp(fd, /)", os_tcgetpgrp, "Process group in the foreground of a terminal.", 0},
    {"tcsetpgrp(fd, pgid, /)", os_tcsetpgrp,
     "Set the process group in the foreground of a terminal.", 0},
    {NULL, NULL, NULL, 0},
};

bool posix_tty_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"columns", "characters in a line"},
        {"lines", "lines of the window"},
        {NULL, NULL}};
    static const StructSeqDef def = {"os.terminal_size", "Size of a terminal: (columns, lines).",
                                     fields, 2};
    return module_add_structseq(t, mod, &def, &terminal_size_type);
}
