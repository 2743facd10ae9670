/* The termios module: control of terminals. */
#include <termios.h>

#include <sys/ioctl.h>

#include "modules/posix/posix.h"

static Value termios_error; /* root; init-only */

static Value tty_failed(Thread *t)
{
    Value pair = tuple_pack(t, 2, fixnum(errno), str_from_cstr(t, strerror(errno)));
    return pair ? raise_value(t, value_type(termios_error), pair) : 0;
}
static Value tty_result(Thread *t, int r)
{
    return r < 0 ? error_pending(t) ? 0 : tty_failed(t) : NONE;
}

static Value termios_tcgetattr(ARGS)
{
    int fd, r;
    struct termios mode;
    if (!fildes_arg(t, args[0], &fd)) {
        return 0;
    }
    PARKED(t, r, tcgetattr(fd, &mode));
    if (r < 0) {
        return tty_failed(t);
    }
    Value cc = list_new(t, NCCS);
    for (int i = 0; cc && i < NCCS; i++) {
        bool number = !(mode.c_lflag & ICANON) && (i == VMIN || i == VTIME);
        Value v = number ? fixnum(mode.c_cc[i]) : bytes_new(t, &mode.c_cc[i], 1);
        if (!v || !list_append(t, cc, v)) {
            return 0;
        }
    }
    const Value parts[] = {fixnum(mode.c_iflag),
                           fixnum(mode.c_oflag),
                           fixnum(mode.c_cflag),
                           fixnum(mode.c_lflag),
                           fixnum(cfgetispeed(&mode)),
                           fixnum(cfgetospeed(&mode)),
                           cc};
    return cc ? list_from(t, parts, ARRAY_SIZE(parts)) : 0;
}

static bool control_characters(Thread *t, Value cc, struct termios *mode)
{
    for (int i = 0; i < NCCS; i++) {
        Value v = list_get(cc, (size_t)i);
        int number;
        if (v && value_is_bytes(v) && value_bytes(v)->len == 1) {
            mode->c_cc[i] = (cc_t)value_bytes(v)->data[0];
        } else if (v && value_is_int(v)) {
            if (!value_to_int(t, v, &number)) {
                return false;
            }
            mode->c_cc[i] = (cc_t)number;
        } else {
            type_error(t, "tcsetattr: elements of attributes must be characters or integers");
            return false;
        }
    }
    return true;
}

static Value termios_tcsetattr(ARGS)
{
    int fd, when, r;
    int64_t part[6];
    struct termios mode;
    if (!fildes_arg(t, args[0], &fd) || !value_to_int(t, args[1], &when)) {
        return 0;
    }
    if (!value_is_list(args[2]) || list_len(args[2]) != 7) {
        return type_error(t, "tcsetattr, arg 3: must be 7 element list");
    }
    PARKED(t, r, tcgetattr(fd, &mode)); /* keeps the fields that have no part in the list */
    if (r < 0) {
        return tty_failed(t);
    }
    for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
        Value v = list_get(args[2], i);
        if (!v || !value_to_int64(t, v, &part[i])) {
            return error_pending(t) ? 0 : type_error(t, "tcsetattr, arg 3: must be 7 element list");
        }
    }
    Value cc = list_get(args[2], 6);
    mode.c_iflag = (tcflag_t)part[0];
    mode.c_oflag = (tcflag_t)part[1];
    mode.c_cflag = (tcflag_t)part[2];
    mode.c_lflag = (tcflag_t)part[3];
    if (!cc || !value_is_list(cc) || list_len(cc) != NCCS) {
        return type_error(t, "tcsetattr: attributes[6] must be %d element list", NCCS);
    }
    if (!control_characters(t, cc, &mode)) {
        return 0;
    }
    if (cfsetispeed(&mode, (speed_t)part[4]) < 0 || cfsetospeed(&mode, (speed_t)part[5]) < 0) {
        return tty_failed(t);
    }
    BLOCKING(t, r, tcsetattr(fd, when, &mode));
    return tty_result(t, r);
}

static Value termios_tcsendbreak(ARGS)
{
    int fd, duration, r;
    if (!fildes_arg(t, args[0], &fd) || !value_to_int(t, args[1], &duration)) {
        return 0;
    }
    PARKED(t, r, tcsendbreak(fd, duration));
    return tty_result(t, r);
}
static Value termios_tcdrain(ARGS)
{
    int fd, r;
    if (!fildes_arg(t, args[0], &fd)) {
        return 0;
    }
    BLOCKING(t, r, tcdrain(fd));
    return tty_result(t, r);
}
static Value termios_tcflush(ARGS)
{
    int fd, queue, r;
    if (!fildes_arg(t, args[0], &fd) || !value_to_int(t, args[1], &queue)) {
        return 0;
    }
    PARKED(t, r, tcflush(fd, queue));
    return tty_result(t, r);
}
static Value termios_tcflow(ARGS)
{
    int fd, action, r;
    if (!fildes_arg(t, args[0], &fd) || !value_to_int(t, args[1], &action)) {
        return 0;
    }
    PARKED(t, r, tcflow(fd, action));
    return tty_result(t, r);
}

static Value termios_tcgetwinsize(ARGS)
{
    int fd;
    struct winsize w;
    if (!fildes_arg(t, args[0], &fd)) {
        return 0;
    }
    return ioctl(fd, TIOCGWINSZ, &w) < 0 ? tty_failed(t)
                                         : tuple_pack(t, 2, fixnum(w.ws_row), fixnum(w.ws_col));
}
static Value termios_tcsetwinsize(ARGS)
{
    int fd;
    int64_t rows, columns;
    struct winsize w;
    if (!fildes_arg(t, args[0], &fd)) {
        return 0;
    }
    Value pair = value_is_sequence(args[1]) ? sequence_tuple(t, args[1]) : 0;
    if (error_pending(t)) {
        return 0;
    }
    if (!pair || tuple_len(pair) != 2) {
        return type_error(t, "tcsetwinsize, arg 2: must be a two-item sequence");
    }
    if (!value_to_int64(t, tuple_get(pair, 0), &rows) ||
        !value_to_int64(t, tuple_get(pair, 1), &columns)) {
        return 0;
    }
    if (rows != (unsigned short)rows || columns != (unsigned short)columns) {
        return overflow_error(t, "winsize value(s) out of range.");
    }
    if (ioctl(fd, TIOCGWINSZ, &w) < 0) {
        return tty_failed(t);
    }
    w.ws_row = (unsigned short)rows;
    w.ws_col = (unsigned short)columns;
    return ioctl(fd, TIOCSWINSZ, &w) < 0 ? tty_failed(t) : NONE;
}

static const NativeDef termios_functions[] = {
    {"tcgetattr(fd, /)", termios_tcgetattr, "Attributes of a terminal as a list.", 0},
    {"tcsetattr(fd, when, attributes, /)", termios_tcsetattr, "Set the attributes of a terminal.",
     0},
    {"tcsendbreak(fd, duration, /)", termios_tcsendbreak, "Send a break.", 0},
    {"tcdrain(fd, /)", termios_tcdrain, "Wait until all output has been sent.", 0},
    {"tcflush(fd, queue, /)", termios_tcflush, "Throw waiting data away.", 0},
    {"tcflow(fd, action, /)", termios_tcflow, "Stop or restart input or output.", 0},
    {"tcgetwinsize(fd, /)", termios_tcgetwinsize, "Size of the terminal: (rows, columns).", 0},
    {"tcsetwinsize(fd, winsize, /)", termios_tcsetwinsize, "Set the size of the terminal.", 0},
    {NULL, NULL, NULL, 0},
};

static bool termios_exec(Thread *t, Value mod)
{
#define K(name) {#name, (int64_t)(name)},
#define V(name, value) {#name, value},
    static const IntConstant constants[] = {
#include "modules/termios_names.inc"
    };
#undef K
#undef V
    if (!module_add_ints(t, mod, constants, ARRAY_SIZE(constants))) {
        return false;
    }
    if (!termios_error) {
        termios_error = type_new_simple(t, "termios.error", &exc_Exception, NULL);
        if (!termios_error) {
            return false;
        }
        gc_add_root(&termios_error);
    }
    return module_add(t, mod, "error", termios_error);
}

const ModuleDef module_termios = {"termios", "Control of terminals.", termios_functions,
                                  termios_exec};
