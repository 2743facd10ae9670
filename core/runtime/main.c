/* typhon: the command. */
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/runtime/start.h"

/* An uncaught KeyboardInterrupt ends the process by the signal, so that a shell sees it. */
static void die_by_interrupt(void)
{
    signal(SIGINT, SIG_DFL);
    kill(getpid(), SIGINT);
}

/* What the start writes to of the executable's data (core/start_order.ld; NULL without it): at
 * once, where a page fault each would take longer. */
extern char start_data[] __attribute__((weak)), start_data_end[] __attribute__((weak));

static void populate_data(void)
{
    uintptr_t start = (uintptr_t)start_data & ~(uintptr_t)4095;
    mem_populate((void *)start, (uintptr_t)start_data_end - start);
}

/* Little is written through stdio; fflush() would bring a part of the C library into memory. */
static void flush_pending(FILE *f)
{
    if (__fpending(f) > 0) {
        fflush(f);
    }
}

int main(int argc, char **argv)
{
    populate_data();
    CommandLine line;
    config_parse(argc, argv, &line);
    if (line.exit_code >= 0) {
        return line.exit_code;
    }
    Thread *t = runtime_start(&line, argv, argc);
    if (!t) {
        return 1;
    }
    int code = run_main(t, &line);
    int flush_code = runtime_finish(t);
    if (code == EXIT_INTERRUPTED) {
        die_by_interrupt();
        code = 130;
    }
    flush_pending(stdout);
    flush_pending(stderr);
    _exit(flush_code ? flush_code : code);
}
