/* Prompt finalization: core/object/let_go.h finds what is let go of, the interpreter collects. */
#ifndef GC_PROMPT_H
#define GC_PROMPT_H

#include "gc/gc.h"

/* Whose dead registers are forgotten before such a collection: the innermost ones. */
enum { GC_PROMPT_FRAMES = 4 };

/* A statement has just let go of o, whose end the program may be waiting for: when that can be had
 * without making the program slow, asks the thread for it (POLL_LET_GO).  Effects: none else. */
COLD void prompt_ask(Thread *t, const Object *o);

/* Has something been let go of that no collection was asked for, or that its thread seemed to hold?
 * settled: a collection of everything begins now. */
bool prompt_is_owed(void);
void prompt_settled(void);

/* For POLL_LET_GO: the one object that would be collected for, or NULL.  Only its address: somebody
 * else may have collected it.  One of the next two follows; the time until then is counted, too. */
const Object *prompt_begin(Thread *t);
/* This thread holds it: there is nothing to collect now. */
void prompt_is_held(Thread *t);

/* For POLL_LET_GO, at a safepoint of the interpreter, which has set gc.scan_from: collects what may
 * hold the object.  What is due to run then is said by POLL_FINALIZE.  Effects: blocks. */
COLD void prompt_collect(Thread *t);

#endif
