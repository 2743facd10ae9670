/* What other modules need of _signal. */
#ifndef MODULES_SIGNAL_H
#define MODULES_SIGNAL_H

#include "core/object/thread_state.h"

/* As if the signal had arrived: its Python handler, if it has one, runs in the main thread.  false:
 * no such number. */
bool signal_simulate(int number);

/* An eventfd that every arrival makes readable, -1: none.  For a wait that must not miss a signal
 * which arrives just before it. */
extern _Atomic int signal_event;

#endif
