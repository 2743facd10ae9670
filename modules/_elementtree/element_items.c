/* _elementtree: an element as a sequence of its children, and what looks for children. */
#include "core/object/slice.h"
#include "modules/_elementtree/elementtree.h"

ssize_t element_len(Thread *t UNUSED, Value e)
{
    Value children = element_children(e);
    return children ? (ssize_t)list_len(children) : 0;
}

Value element_item(Thread *t, Value e, ssize_t i)
{
    Value children = element_children(e);
    Value child = children && i >= 0 ? list_get(children, (size_t)i) : 0;
    return child ? child : index_error(t, "child index out of range");
}

/* An index, negative ones counted from the end; false: raised */
static bool index_of(Thread *t, Value e, Value key, ssize_t *i)
{
    if (!value_to_ssize(t, key, i, &exc_IndexError)) {
        if (error_clear_if(t, &exc_TypeError)) {
            type_error(t, "element indices must be integers");
        }
        return false;
    }
    if (*i < 0) {
        *i += element_len(t, e);
    }
    return true;
}

Value element_getitem(Thread *t, Value e, Value key)
{
    ssize_t i;
    if (type_of(key) == &slice_type) {
        Value children = element_children(e);
        return object_getitem(t, children ? children : list_new(t, 0), key);
    }
    return index_of(t, e, key, &i) ? element_item(t, e, i) : 0;
}

/* The new children of e[slice] = v: a list of elements; 0: raised */
static Value elements_of(Thread *t, Value v)
{
    Value items = element_sequence(t, v);
    for (size_t i = 0; items && i < tuple_len(items); i++) {
        if (!element_check(t, value_tuple(items)->items[i])) {
            return 0;
        }
    }
    return items;
}

bool element_setitem(Thread *t, Value e, Value key, Value v)
{
    Value children = element_children_list(t, e);
    if (!children) {
        return false;
    }
    if (type_of(key) == &slice_type) {
        if (v && !(v = elements_of(t, v))) {
            return false;
        }
        return v ? object_setitem(t, children, key, v) : object_delitem(t, children, key);
    }
    ssize_t i;
    if (!index_of(t, e, key, &i) || (v && !element_check(t, v))) {
        return false;
    }
    if (i < 0 || i >= (ssize_t)list_len(children)) {
        index_error(t, "child assignment index out of range");
        return false;
    }
    key = fixnum(i);
    return v ? object_setitem(t, children, key, v) : object_delitem(t, children, key);
}

/* ---- finding ---- */

/* Whether path is the tag of children, not a path with steps, tests or wildcards. */
static bool path_is_tag(Value path)
{
    bool in_uri = false;
    size_t len = str_len(path);
    if (len >= 3 && str_get(value_str(path), 0) == '{') {
        uint32_t second = str_get(value_str(path), 1);
        if (second == '}' || (second == '*' && str_get(value_str(path), 2) == '}')) {
            return false;
        }
    }
    for (size_t i = 0; i < len; i++) {
        uint32_t c = str_get(value_str(path), i);
        in_uri = c == '{' || (in_uri && c != '}');
        if (!in_uri && (c == '/' || c == '*' || c == '[' || c == '@' || c == '.')) {
            return false;
        }
    }
    return true;
}

/* args: self, path, ..., namespaces at `at` */
static bool finds_tag(Value *args, size_t at)
{
    return value_is_str(args[1]) && (!args[at] || is_none(args[at])) && path_is_tag(args[1]);
}

static Value call_element_path(Thread *t, const char *function, Value *args, size_t n)
{
    Value f = import_attr(t, "xml.etree.ElementPath", function), given[4];
    for (size_t i = 0; i < n; i++) {
        given[i] = args[i] ? args[i] : NONE;
    }
    return f ? call(t, f, given, n, 0) : 0;
}

/* The first child of that tag from *i on; *i is behind it.  0: none, or raised. */
static Value next_child(Thread *t, Value e, Value tag, size_t *i)
{
    Value children = element_children(e);
    while (children && *i < list_len(children)) {
        Value child = list_get(children, (*i)++);
        if (child) {
            int same = value_equal(t, value_load(&element_of(child)->tag), tag);
            if (same != 0) {
                return same > 0 ? child : 0;
            }
        }
    }
    return 0;
}

static Value or_else(Thread *t, Value v, Value dflt)
{
    return v ? v : error_pending(t) ? 0 : dflt ? dflt : NONE;
}

Value element_find(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    size_t i = 0;
    return finds_tag(args, 2) ? or_else(t, next_child(t, args[0], args[1], &i), NONE)
                              : call_element_path(t, "find", args, 3);
}

Value element_findtext(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    size_t i = 0;
    if (!finds_tag(args, 3)) {
        return call_element_path(t, "findtext", args, 4);
    }
    Value child = next_child(t, args[0], args[1], &i);
    if (!child) {
        return or_else(t, 0, args[2]);
    }
    Value text = value_load(&element_of(child)->text);
    return is_none(text) ? str_from_ascii(t, "", 0) : text;
}

Value element_findall(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    size_t i = 0;
    if (!finds_tag(args, 2)) {
        return call_element_path(t, "findall", args, 3);
    }
    Value all = list_new(t, 0), child;
    while (all && (child = next_child(t, args[0], args[1], &i))) {
        if (!list_append(t, all, child)) {
            return 0;
        }
    }
    return error_pending(t) ? 0 : all;
}

Value element_iterfind(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return call_element_path(t, "iterfind", args, 3);
}
