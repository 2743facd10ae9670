/* Conversion of arguments and raising of errors for the posix module. */
#include <limits.h>

#include "modules/posix/posix.h"

/* ---- paths ---- */

static const char *allowed_kinds(const PathArg *p)
{
    return p->allow_fd && p->nullable ? "string, bytes, os.PathLike, integer or None"
           : p->allow_fd              ? "string, bytes, os.PathLike or integer"
           : p->nullable              ? "string, bytes, os.PathLike or None"
                                      : "string, bytes or os.PathLike";
}

static bool wrong_kind(Thread *t, const PathArg *p, Value v)
{
    type_error(t, "%s: %s should be %s, not %T", p->function, p->argument, allowed_kinds(p), v);
    return false;
}

static bool path_fd(Thread *t, Value v, PathArg *out)
{
    Value index = number_index(t, v);
    int64_t fd;
    if (!index) {
        return false;
    }
    if (!int_try_int64(index, &fd)) {
        fd = int_sign(index) < 0 ? INT64_MIN : INT64_MAX;
    }
    if (fd > INT_MAX || fd < INT_MIN) {
        overflow_error(t, fd > 0 ? "fd is greater than maximum" : "fd is less than minimum");
        return false;
    }
    out->fd = (int)fd;
    out->object = index;
    return true;
}

/* The text of str or bytes. */
static bool path_chars(Thread *t, Value v, PathArg *out)
{
    out->object = out->text = v;
    if (value_is_str(v)) {
        Str *s = value_str(v);
        if (s->ascii && s->kind == 1 && (s->str_flags & STR_TERMINATED)) {
            out->narrow = s->data;
            out->len = s->len;
        } else {
            Value encoded = str_to_fs(t, v);
            if (!encoded) {
                return false;
            }
            out->narrow = value_bytes(encoded)->data; /* an interior pointer keeps it */
            out->len = value_bytes(encoded)->len;
        }
    } else {
        out->narrow = value_bytes(v)->data;
        out->len = value_bytes(v)->len;
    }
    if (memchr(out->narrow, 0, out->len)) {
        if (value_is_str(v)) {
            value_error(t, "embedded null byte");
        } else {
            value_error(t, "%s: embedded null character in %s", out->function, out->argument);
        }
        return false;
    }
    return true;
}

static bool path_from_buffer(Thread *t, Value v, PathArg *out)
{
    if (!warn(t, &exc_DeprecationWarning, 1, "%s: %s should be %s, not %T", out->function,
              out->argument, allowed_kinds(out), v)) {
        return false;
    }
    Value copy = buffer_to_bytes(t, v);
    bool ok = copy && path_chars(t, copy, out);
    out->object = v;
    return ok;
}

bool path_arg(Thread *t, Value v, PathArg *out)
{
    out->fd = -1;
    out->narrow = NULL;
    out->object = out->text = 0;
    if (!v || is_none(v)) {
        if (out->nullable) {
            return true;
        }
        return wrong_kind(t, out, NONE);
    }
    if (value_is_str(v) || value_is_bytes(v)) {
        return path_chars(t, v, out);
    }
    if (out->allow_fd && (value_is_fixnum(v) || type_of(v)->index)) {
        return path_fd(t, v, out);
    }
    if (value_has_buffer(v)) {
        return path_from_buffer(t, v, out);
    }
    Value method = lookup_special(t, v, N(__fspath__));
    if (!method) {
        return error_pending(t) ? false : wrong_kind(t, out, v);
    }
    Value text = call0(t, method);
    if (!text) {
        return false;
    }
    if (!value_is_str(text) && !value_is_bytes(text)) {
        type_error(t, "expected %T.__fspath__() to return str or bytes, not %T", v, text);
        return false;
    }
    return path_chars(t, text, out);
}

bool path_arg2(Thread *t, Value src, Value dst, PathArg *a, PathArg *b)
{
    a->argument = "src";
    b->argument = "dst";
    return path_arg(t, src, a) && path_arg(t, dst, b);
}

Value path_text(Thread *t, bool bytes, const char *p, size_t n)
{
    return bytes ? bytes_new(t, p, n) : str_from_fs(t, p, n);
}

const char *fs_cstr(Thread *t, Value v, Value *keep)
{
    if (!value_is_str(v) && !value_is_bytes(v)) {
        const char *s = str_fs_path(t, v);
        *keep = object_value(s); /* an address inside the object */
        return s;
    }
    *keep = value_is_bytes(v) ? v : str_to_fs(t, v);
    if (!*keep) {
        return NULL;
    }
    if (memchr(value_bytes(*keep)->data, 0, value_bytes(*keep)->len)) {
        value_error(t, "embedded null byte");
        return NULL;
    }
    return value_bytes(*keep)->data;
}

/* ---- numbers ---- */

bool dir_fd_arg(Thread *t, Value v, int *out)
{
    *out = AT_FDCWD;
    if (!v || is_none(v)) {
        return true;
    }
    if (!value_is_fixnum(v) && !type_of(v)->index) {
        type_error(t, "argument should be integer or None, not %T", v);
        return false;
    }
    PathArg p = {.fd = -1};
    if (!path_fd(t, v, &p)) {
        return false;
    }
    *out = p.fd;
    return true;
}

bool flag_arg(Thread *t, Value v, bool *out)
{
    if (!v) {
        return true;
    }
    int r = object_truth(t, v);
    *out = r > 0;
    return r >= 0;
}

bool int_arg(Thread *t, Value v, int *out)
{
    return !v || value_to_int(t, v, out);
}

bool size_arg(Thread *t, Value v, ssize_t *out)
{
    Value index = number_index(t, v);
    int64_t i;
    if (!index) {
        return false;
    }
    if (!int_try_int64(index, &i)) {
        overflow_error(t, "Python int too large to convert to C ssize_t");
        return false;
    }
    *out = i;
    return true;
}

bool fildes_arg(Thread *t, Value v, int *out)
{
    if (!value_is_int(v)) {
        Value method;
        int found = object_lookup_attr_cstr(t, v, "fileno", &method);
        if (found < 0) {
            return false;
        }
        if (!found) {
            type_error(t, "argument must be an int, or have a fileno() method.");
            return false;
        }
        v = call0(t, method);
        if (!v) {
            return false;
        }
        if (!value_is_int(v)) {
            type_error(t, "fileno() returned a non-integer");
            return false;
        }
    }
    if (!value_to_int(t, v, out)) {
        return false;
    }
    if (*out < 0) {
        value_error(t, "file descriptor cannot be a negative integer (%d)", *out);
        return false;
    }
    return true;
}

static bool id_arg(Thread *t, Value v, const char *what, uint32_t *out)
{
    if (!value_is_fixnum(v) && !type_of(v)->index) {
        type_error(t, "%s should be integer, not %T", what, v);
        return false;
    }
    Value index = number_index(t, v);
    int64_t id;
    if (!index) {
        return false;
    }
    bool fits = int_try_int64(index, &id);
    if (!fits || id < -1 || id > UINT32_MAX) { /* the words are those of the reference */
        overflow_error(t, "%s is %s", what,
                       fits || int_sign(index) < 0 ? "less than minimum" : "greater than maximum");
        return false;
    }
    *out = (uint32_t)id;
    return true;
}
bool uid_arg(Thread *t, Value v, uid_t *out) { return id_arg(t, v, "uid", out); }
bool gid_arg(Thread *t, Value v, gid_t *out) { return id_arg(t, v, "gid", out); }

Value id_value(Thread *t, uid_t id)
{
    return id == (uid_t)-1 ? fixnum(-1) : int_from_int64(t, id);
}

bool off_arg(Thread *t, Value v, off_t *out)
{
    int64_t i;
    if (!value_to_int64(t, v, &i)) {
        return false;
    }
    *out = i;
    return true;
}

bool dev_arg(Thread *t, Value v, dev_t *out)
{
    uint64_t u;
    if (!value_to_uint64(t, v, &u)) {
        return false;
    }
    *out = u;
    return true;
}

bool bytes_arg(Thread *t, Value v, Buffer *view)
{
    return buffer_get_once(t, v, view);
}

/* ---- errors ---- */

Value os_failed(Thread *t)
{
    return error_pending(t) ? 0 : raise_errno(t, &exc_OSError, errno, 0);
}

Value path_failed(Thread *t, const PathArg *p)
{
    return error_pending(t) ? 0 : raise_errno(t, &exc_OSError, errno, p->object);
}

Value path_failed2(Thread *t, const PathArg *a, const PathArg *b)
{
    return error_pending(t) ? 0 : raise_errno2(t, errno, a->object, b->object);
}

bool check_dir_fd_path(Thread *t, const PathArg *p, int dir_fd)
{
    if (!p->narrow && dir_fd != AT_FDCWD) {
        value_error(t, "%s: can't specify dir_fd without matching path", p->function);
        return false;
    }
    return true;
}

bool check_fd_follow(Thread *t, const PathArg *p, bool follow)
{
    if (p->fd >= 0 && !follow) {
        value_error(t, "%s: cannot use fd and follow_symlinks together", p->function);
        return false;
    }
    return true;
}

/* ---- building the module ---- */

bool add_functions(Thread *t, Value mod, const NativeDef *defs)
{
    Value name =
        ((Module *)value_object(mod))->dict ? dict_get_cstr(t, module_dict(mod), "__name__") : 0;
    for (; defs->sig; defs++) {
        Value id = native_name(t, defs), f = id ? native_function_new(t, defs, 0, name) : 0;
        if (!f || !dict_set(t, module_dict(mod), id, f)) {
            return false;
        }
    }
    return true;
}
