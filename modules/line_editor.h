/* Lines from the terminal, for input() and the prompt. */
#ifndef MODULES_LINE_EDITOR_H
#define MODULES_LINE_EDITOR_H

#include "core/object/thread.h"

/* The line that is typed after the prompt, malloc'd, without its newline; NULL at the end of the
 * input.  false: a signal's handler raised.  Effects: blocks, runs Python. */
NODISCARD bool line_editor_read(Thread *t, const char *prompt, char **line);

/* called, parked, with each line that was edited */
extern void (*line_editor_hook)(const char *line);

#endif
