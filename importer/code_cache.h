/* The bytecode cache: one table of the process, from a source file and a level of optimisation to
 * its code object.
 *
 * Code objects are immutable, so all threads share them; another interpreter than the one that made
 * one gets a clone, which shares all but the inline caches.  However many ask for a file at the
 * same moment, one reads and verifies its .pyc file, or compiles it, and the others get it, too.
 * An entry is good while source and .pyc file are the ones it was made from (device, inode, size,
 * time of change in nanoseconds).  For members of archives the archive stands for both.
 *
 * Locking: one mutex guards the table, its entries and the counters, held for moments; no file is
 * read and no Python code runs under it.  A thread that finds an entry being made parks and sleeps
 * on the entry's word; after a second it makes the code for itself: who makes the entry may be
 * running Python code (a warning filter, the imports that it needs), which may wait for something
 * that the sleeper holds.
 */
#ifndef IMPORTER_CODE_CACHE_H
#define IMPORTER_CODE_CACHE_H

#include <sys/stat.h>

#include "core/object/object.h"

/* The code of the module in a source file, whose stat the caller has made.  pyc: the name of its
 * cache file.  0: raised.  A .pyc file that is stale or damaged is made again, if
 * sys.dont_write_bytecode allows.  Effects: blocks, may run Python code. */
Value code_cache_load(Thread *t, Value source_path, Value pyc, const struct stat *source);
/* How the code of a member of an archive is made. */
typedef struct CodeMaker {
    Value (*make)(Thread *t, Value path, void *arg); /* 0: raised, or there is none that is good */
    void *arg;
    bool compiles;                                   /* for the counters */
} CodeMaker;
/* The code of the member with this path (archive/name), whose archive had this stat when it was
 * opened; else as `maker` makes it.  Effects: blocks, may run Python code. */
Value code_cache_member(Thread *t, Value path, const struct stat *archive, const CodeMaker *maker);
/* Counters since the start: files of bytecode read and verified, sources compiled, answers without
 * either. */
typedef struct CodeCacheCounts { uint64_t reads, compiles, hits, entries; } CodeCacheCounts;
CodeCacheCounts code_cache_counts(void);
void code_cache_init(void); /* at start-up: roots, forks */

#endif
