/* A line from the terminal, edited with libedit (or without, where it is not there).
 *
 * The loop waits for each key itself, so that a signal ends the wait whatever libedit does with it:
 * its own handlers are switched off.  libedit has one state for the process: the thread that reads
 * a line holds the mutex below.
 */
#include "modules/line_editor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/mutex.h"
#include "core/object/thread_state.h"
#include "gc/safepoint.h"
#include "modules/signal.h"

void (*line_editor_hook)(const char *line);

#ifdef TYPHON_EDIT
#include <editline/readline.h>

static Mutex editor;  /* held while a line is read */
static bool finished; /* editor */
static char *typed;   /* editor; malloc'd, NULL at the end of the input */

static void take_line(char *line)
{
    typed = line;
    finished = true;
}

static void call_hook(rl_hook_func_t *hook)
{
    if (hook) {
        hook();
    }
}

static void start(const char *prompt)
{
    typed = NULL;
    finished = false;
    if (signal_event < 0) {
        signal_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    rl_catch_signals = 0;
    rl_callback_handler_install(prompt, take_line);
    rl_point = rl_end = 0;
    call_hook(rl_startup_hook);
    call_hook(rl_pre_input_hook);
    if (rl_end > 0) { /* a hook has inserted text */
        rl_forced_update_display();
    }
}

/* Waits for a key and hands it on, or for a signal: 0, EINTR, or another error. */
static int step(void)
{
    enum { KEYS, SIGNALS };
    struct pollfd wait[] = {[KEYS] = {.fd = STDIN_FILENO, .events = POLLIN},
                            [SIGNALS] = {.fd = signal_event, .events = POLLIN}};
    int waiting = 0;
    uint64_t arrived;
    if (poll(wait, 2, -1) < 0) {
        return errno;
    }
    if (wait[SIGNALS].revents && read(signal_event, &arrived, sizeof arrived) > 0) {
        return EINTR;
    }
    if (!(wait[KEYS].revents & POLLIN) ||
        ((wait[KEYS].revents & POLLHUP) &&
         (ioctl(STDIN_FILENO, FIONREAD, &waiting) < 0 || waiting == 0))) {
        take_line(NULL); /* the terminal is gone */
        return 0;
    }
    rl_resize_terminal();
    rl_callback_read_char();
    return 0;
}

bool line_editor_read(Thread *t, const char *prompt, char **line)
{
    bool fine = true;
    thread_park(t);
    mutex_lock(&editor);
    start(prompt);
    while (!finished) {
        int err = step();
        if (err == EINTR) {
            thread_unpark(t);
            fine = thread_check_signals(t);
            thread_park(t);
        }
        if (!fine || (err != 0 && err != EINTR)) {
            break;
        }
    }
    rl_callback_handler_remove();
    *line = fine ? typed : NULL;
    if (*line && line_editor_hook) {
        line_editor_hook(*line);
    }
    mutex_unlock(&editor);
    thread_unpark(t);
    return fine;
}
#else
bool line_editor_read(Thread *t, const char *prompt, char **line)
{
    size_t capacity = 0;
    *line = NULL;
    fputs(prompt, stdout);
    fflush(stdout);
    for (;;) {
        thread_park(t);
        ssize_t n = getline(line, &capacity, stdin);
        thread_unpark(t);
        if (n > 0) {
            if ((*line)[n - 1] == '\n') {
                (*line)[n - 1] = 0;
            }
            return true;
        }
        bool interrupted = ferror(stdin) && errno == EINTR;
        clearerr(stdin);
        free(*line);
        *line = NULL;
        if (!interrupted) {
            return true;
        }
        if (!thread_check_signals(t)) {
            return false;
        }
        capacity = 0;
    }
}
#endif
