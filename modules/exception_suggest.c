/* "Did you mean": the attribute or variable whose name is nearest to one that was not found.
 *
 * The distance of two names counts a change of case as 1 and every other change of a byte as 2; a
 * name is near when at most a third of the bytes (roughly) differ.
 *
 * And what a program may do that uses a file or folder of an archive by its name.
 */
#include <errno.h>

#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "importer/archive_files.h"
#include "modules/sys.h"

enum { MAX_CANDIDATES = 750, MAX_NAME = 40, CHANGE = 2, CASE_CHANGE = 1 };

static unsigned lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? c + 32u : c;
}

static size_t replace_cost(char a, char b)
{
    if (a == b) {
        return 0;
    }
    return lower((unsigned char)a) == lower((unsigned char)b) ? CASE_CHANGE : CHANGE;
}

static size_t min(size_t a, size_t b) { return a < b ? a : b; }

/* Distance of a and b; anything above max when it is larger than max. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb, size_t max)
{
    while (na && nb && *a == *b) {
        a++, b++, na--, nb--;
    }
    while (na && nb && a[na - 1] == b[nb - 1]) {
        na--, nb--;
    }
    if (na == 0 || nb == 0) {
        return (na + nb) * CHANGE;
    }
    size_t difference = na > nb ? na - nb : nb - na;
    if (na > MAX_NAME || nb > MAX_NAME || difference * CHANGE > max) {
        return max + 1;
    }
    size_t row[MAX_NAME + 1]; /* row[j]: from the bytes of a so far to the first j bytes of b */
    for (size_t j = 0; j <= nb; j++) {
        row[j] = j * CHANGE;
    }
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0], best = row[0] = i * CHANGE;
        for (size_t j = 1; j <= nb; j++) {
            size_t replaced = diagonal + replace_cost(a[i - 1], b[j - 1]);
            diagonal = row[j];
            row[j] = min(replaced, min(row[j], row[j - 1]) + CHANGE);
            best = min(best, row[j]);
        }
        if (best > max) {
            return max + 1;
        }
    }
    return row[nb];
}

/* The nearest of the strs in `candidates`, or 0. */
static Value nearest(Thread *t, Value candidates, Value wanted)
{
    size_t nwanted, best_distance = SIZE_MAX;
    const char *text = value_is_str(wanted) ? str_utf8(t, wanted, &nwanted) : NULL;
    if (!text || list_len(candidates) >= MAX_CANDIDATES) {
        return 0;
    }
    Value best = 0;
    for (size_t i = 0; i < list_len(candidates); i++) {
        Value name = list_get(candidates, i);
        size_t n;
        const char *candidate = name && value_is_str(name) ? str_utf8(t, name, &n) : NULL;
        if (!candidate || (n == nwanted && memcmp(candidate, text, n) == 0)) {
            continue;
        }
        size_t max = min((nwanted + n + 3) * CHANGE / 6, best_distance - 1);
        size_t d = distance(text, nwanted, candidate, n, max);
        if (d <= max) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}

static Value suggest_attribute(Thread *t, AttributeErrorExc *e)
{
    Value obj = value_load(&e->obj), name = value_load(&e->name);
    Value candidates = obj && name ? object_dir(t, obj) : 0;
    return candidates ? nearest(t, candidates, name) : 0;
}

static Value nearest_in(Thread *t, Value iterable, Value name)
{
    Value candidates = sequence_list(t, iterable);
    return candidates ? nearest(t, candidates, name) : 0;
}

static Value suggest_name(Thread *t, NameErrorExc *e)
{
    Value tb = e->base.traceback, name = value_load(&e->name);
    if (!name || !tb) {
        return 0;
    }
    while (((Traceback *)value_object(tb))->next) {
        tb = ((Traceback *)value_object(tb))->next;
    }
    Value frame = ((Traceback *)value_object(tb))->frame;
    Code *code = (Code *)value_object(frame_code(frame));
    const Value variables[] = {code->varnames, code->cellvars, code->freevars, frame_globals(frame),
                               t->interp->builtins};
    Value candidates = list_new(t, 8);
    for (size_t i = 0; candidates && i < 3; i++) {
        for (size_t j = 0; j < tuple_len(variables[i]); j++) {
            if (!list_append(t, candidates, tuple_get(variables[i], j))) {
                return 0;
            }
        }
    }
    Value found = candidates ? nearest(t, candidates, name) : 0;
    for (size_t i = 3; !found && i < ARRAY_SIZE(variables); i++) {
        found = nearest_in(t, variables[i], name);
    }
    return found;
}

Value exception_suggestion(Thread *t, Value exc)
{
    Value found = 0;
    if (value_isa(exc, &exc_AttributeError)) {
        found = suggest_attribute(t, (AttributeErrorExc *)value_object(exc));
    } else if (value_isa(exc, &exc_NameError)) {
        found = suggest_name(t, (NameErrorExc *)value_object(exc));
    }
    error_clear(t);
    return found;
}

Value exception_advice(Thread *t, Value exc)
{
    OSErrorExc *e = (OSErrorExc *)value_object(exc);
    if (!value_isa(exc, &exc_OSError) || !e->filename || !value_is_str(e->filename)) {
        return 0;
    }
    int error = value_is_fixnum(e->errno_) ? (int)fixnum_get(e->errno_) : 0;
    const char *path = str_fs_path(t, e->filename);
    error_clear(t);
    return path ? archive_file_advice(t, path, error) : 0;
}
