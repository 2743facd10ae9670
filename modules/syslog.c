/* The syslog module: messages for the system's log. */
#include <syslog.h>

#include <stdlib.h>

#include "core/base/mutex.h"
#include "modules/posix/posix.h"

static Mutex log_lock = MUTEX_INIT;
static char *log_ident;  /* lock; what openlog() was given, the C library keeps the pointer */
static bool log_open;    /* lock */

/* Base name of sys.argv[0], or 0. */
static Value default_ident(Thread *t)
{
    Value argv = dict_get_cstr(t, t->interp->sys_dict, "argv");
    Value script = argv && value_is_list(argv) ? list_get(argv, 0) : 0;
    if (!script || !value_is_str(script) || str_len(script) == 0) {
        return 0;
    }
    for (size_t i = str_len(script); i > 0; i--) {
        if (str_get(value_str(script), i - 1) == '/') {
            return str_substring(t, script, i, str_len(script));
        }
    }
    return script;
}

static bool open_log(Thread *t, Value ident, int options, int facility)
{
    Value keep;
    const char *text = NULL;
    if (ident && !(text = fs_cstr(t, ident, &keep))) {
        return false;
    }
    if (!AUDIT(t, "syslog.openlog", 3, ident, fixnum(options), fixnum(facility))) {
        return false;
    }
    char *copy = text ? strdup(text) : NULL;
    mutex_lock(&log_lock);
    openlog(copy, options, facility);
    free(log_ident);
    log_ident = copy;
    log_open = true;
    mutex_unlock(&log_lock);
    return true;
}

static Value syslog_openlog(ARGS)
{
    int options = 0, facility = LOG_USER;
    if (args[0] && !value_is_str(args[0])) {
        return type_error(t, "openlog() argument 1 must be str, not %T", args[0]);
    }
    if (!int_arg(t, args[1], &options) || !int_arg(t, args[2], &facility)) {
        return 0;
    }
    return open_log(t, args[0] ? args[0] : default_ident(t), options, facility) ? NONE : 0;
}

static Value syslog_syslog(ARGS)
{
    int priority = LOG_INFO;
    Value keep;
    if (!args_count(t, "syslog.syslog", n, 1, 2) ||
        (n == 2 && !value_to_int(t, args[0], &priority))) {
        return 0;
    }
    if (!value_is_str(args[n - 1])) {
        return type_error(t, "syslog() argument %d must be str, not %T", (int)n, args[n - 1]);
    }
    const char *text = fs_cstr(t, args[n - 1], &keep);
    if (!text || !AUDIT(t, "syslog.syslog", 2, fixnum(priority), args[n - 1])) {
        return 0;
    }
    if (!log_open && !open_log(t, default_ident(t), 0, LOG_USER)) {
        return 0;
    }
    thread_park(t);
    mutex_lock(&log_lock);
    syslog(priority, "%s", text);
    mutex_unlock(&log_lock);
    thread_unpark(t);
    return NONE;
}

static Value syslog_closelog(ARGS)
{
    if (!AUDIT(t, "syslog.closelog", 0)) {
        return 0;
    }
    mutex_lock(&log_lock);
    if (log_open) {
        closelog();
        free(log_ident);
        log_ident = NULL;
        log_open = false;
    }
    mutex_unlock(&log_lock);
    return NONE;
}

static Value syslog_setlogmask(ARGS)
{
    int mask;
    if (!value_to_int(t, args[0], &mask) || !AUDIT(t, "syslog.setlogmask", 1, fixnum(mask))) {
        return 0;
    }
    return fixnum(setlogmask(mask));
}
static Value syslog_LOG_MASK(ARGS)
{
    int priority;
    return value_to_int(t, args[0], &priority) ? fixnum((int)(1u << (priority & 31))) : 0;
}
static Value syslog_LOG_UPTO(ARGS)
{
    int priority;
    return value_to_int(t, args[0], &priority) ? fixnum((int)((2u << (priority & 31)) - 1)) : 0;
}

static const NativeDef syslog_functions[] = {
    {"openlog(ident=None, logoption=0, facility=LOG_USER)", syslog_openlog,
     "Set the options of the log.", 0},
    {"syslog", syslog_syslog, "Send a message: syslog([priority,] message).", NATIVE_RAW},
    {"closelog()", syslog_closelog, "Close the log.", 0},
    {"setlogmask(maskpri, /)", syslog_setlogmask, "Set the mask of priorities, return the old one.",
     0},
    {"LOG_MASK(pri, /)", syslog_LOG_MASK, "Mask for one priority.", 0},
    {"LOG_UPTO(pri, /)", syslog_LOG_UPTO, "Mask for the priorities up to one.", 0},
    {NULL, NULL, NULL, 0},
};

static bool syslog_exec(Thread *t, Value mod)
{
#define K(name) {#name, name}
    static const IntConstant constants[] = {
        K(LOG_ALERT),  K(LOG_AUTH),   K(LOG_AUTHPRIV), K(LOG_CONS),   K(LOG_CRIT),   K(LOG_CRON),
        K(LOG_DAEMON), K(LOG_DEBUG),  K(LOG_EMERG),    K(LOG_ERR),    K(LOG_INFO),   K(LOG_KERN),
        K(LOG_LOCAL0), K(LOG_LOCAL1), K(LOG_LOCAL2),   K(LOG_LOCAL3), K(LOG_LOCAL4), K(LOG_LOCAL5),
        K(LOG_LOCAL6), K(LOG_LOCAL7), K(LOG_LPR),      K(LOG_MAIL),   K(LOG_NDELAY), K(LOG_NEWS),
        K(LOG_NOTICE), K(LOG_NOWAIT), K(LOG_ODELAY),   K(LOG_PERROR), K(LOG_PID),    K(LOG_SYSLOG),
        K(LOG_USER),   K(LOG_UUCP),   K(LOG_WARNING),
    };
#undef K
    return module_add_ints(t, mod, constants, ARRAY_SIZE(constants));
}

const ModuleDef module_syslog = {"syslog", "Messages for the system's log.", syslog_functions,
                                 syslog_exec};
