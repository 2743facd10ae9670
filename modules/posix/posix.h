/* The parts of the posix module, and what its functions share: conversion of arguments, errors,
 * blocking calls. */
#ifndef MODULES_POSIX_POSIX_H
#define MODULES_POSIX_POSIX_H

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/object/audit.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED
#define PATH_CSTR_MAX 4096

/* r = expr with the thread parked, again while signals interrupt it and their handlers do not
 * raise. expr must not touch heap objects other than bytes that the C stack keeps alive. */
#define BLOCKING(t_, r_, expr_)              \
    do {                                     \
        do {                                 \
            thread_park(t_);                 \
            (r_) = (expr_);                  \
            thread_unpark(t_);               \
        } while ((r_) == -1 && errno == EINTR && thread_check_signals(t_)); \
    } while (0)
/* The same for calls that are not retried. */
#define PARKED(t_, r_, expr_) \
    do {                      \
        thread_park(t_);      \
        (r_) = (expr_);       \
        thread_unpark(t_);    \
    } while (0)

/* A path argument: text, or a descriptor where allowed, or None where allowed. */
typedef struct PathArg {
    const char *function, *argument;
    bool nullable, allow_fd;
    int fd;              /* -1: not a descriptor */
    const char *narrow;  /* NUL-terminated; NULL: descriptor or None */
    size_t len;
    Value text;          /* str, bytes or 0 */
    Value object;        /* the same, or the buffer or int given, or 0: names the file in errors */
} PathArg;
#define PATH_ARG(fn) {.function = (fn), .argument = "path", .fd = -1}
#define PATH_FD_ARG(fn) {.function = (fn), .argument = "path", .allow_fd = true, .fd = -1}
NODISCARD bool path_arg(Thread *t, Value v, PathArg *out);
/* src and dst. */
NODISCARD bool path_arg2(Thread *t, Value src, Value dst, PathArg *a, PathArg *b);
static inline bool path_is_bytes(const PathArg *p) { return p->text && value_is_bytes(p->text); }
/* File name as the caller spells names: bytes or str. */
Value path_text(Thread *t, bool bytes, const char *p, size_t n);

NODISCARD bool dir_fd_arg(Thread *t, Value v, int *out);       /* 0 or None: AT_FDCWD */
NODISCARD bool flag_arg(Thread *t, Value v, bool *out);        /* truth; 0: *out stays */
NODISCARD bool int_arg(Thread *t, Value v, int *out);          /* 0: *out stays */
NODISCARD bool size_arg(Thread *t, Value v, ssize_t *out);
NODISCARD bool fildes_arg(Thread *t, Value v, int *out);       /* int or object with fileno() */
NODISCARD bool uid_arg(Thread *t, Value v, uid_t *out);
NODISCARD bool gid_arg(Thread *t, Value v, gid_t *out);
NODISCARD bool off_arg(Thread *t, Value v, off_t *out);
NODISCARD bool dev_arg(Thread *t, Value v, dev_t *out);
/* Bytes-like argument, or TypeError. */
NODISCARD bool bytes_arg(Thread *t, Value v, Buffer *view);
/* str or bytes or PathLike as a C string; keeps *keep alive. NULL: raised. */
const char *fs_cstr(Thread *t, Value v, Value *keep);
/* Text of the system, NULL: None. */
static inline Value fs_text(Thread *t, const char *s)
{
    return s ? str_from_fs(t, s, strlen(s)) : NONE;
}
/* -1 (no id) or the id as a non-negative int */
Value id_value(Thread *t, uid_t id);

/* OSError from errno unless an exception is pending; return 0. */
Value os_failed(Thread *t);
Value path_failed(Thread *t, const PathArg *p);
Value path_failed2(Thread *t, const PathArg *a, const PathArg *b);
/* None when r == 0, else the error. */
static inline Value os_result(Thread *t, int r) { return r < 0 ? os_failed(t) : NONE; }

/* ValueErrors for combinations of arguments that do not go together; false: raised. */
NODISCARD bool check_dir_fd_path(Thread *t, const PathArg *p, int dir_fd);
NODISCARD bool check_fd_follow(Thread *t, const PathArg *p, bool follow);

NODISCARD bool add_functions(Thread *t, Value mod, const NativeDef *defs);

extern const NativeDef posix_stat_functions[], posix_dir_functions[], posix_path_functions[],
    posix_attr_functions[], posix_fd_functions[], posix_vector_functions[],
    posix_process_functions[], posix_id_functions[], posix_spawn_functions[],
    posix_sched_functions[], posix_system_functions[], posix_tty_functions[],
    posix_wait_functions[];
NODISCARD bool posix_stat_exec(Thread *t, Value mod);
NODISCARD bool posix_dir_exec(Thread *t, Value mod);
NODISCARD bool posix_wait_exec(Thread *t, Value mod);
NODISCARD bool posix_sched_exec(Thread *t, Value mod);
NODISCARD bool posix_system_exec(Thread *t, Value mod);
NODISCARD bool posix_tty_exec(Thread *t, Value mod);
NODISCARD bool posix_constants_exec(Thread *t, Value mod);

Value stat_result_from(Thread *t, const struct stat *st);
NODISCARD bool set_cloexec(int fd, bool inheritable); /* false: errno */

/* argv / envp from Python objects. The arrays are mem_alloc'ed; the strings belong to *keep. NULL:
 * raised. */
char **argv_from_value(Thread *t, Value args, const char *what, Value *keep);
char **envp_from_mapping(Thread *t, Value env, Value *keep);

/* fork() with the at-fork functions and the other threads stopped; errors are in errno. */
/* false: raised, for interpreters other than the main one may not. */
NODISCARD bool posix_process_allowed(Thread *t, const char *what);
pid_t posix_fork(Thread *t, int *pty_master /* NULL: plain fork */);
/* The steps of it, for _posixsubprocess. */
void posix_run_before_fork(Thread *t);
void posix_run_after_fork_parent(Thread *t);
void posix_run_after_fork_child(Thread *t);

#endif
