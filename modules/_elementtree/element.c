/* _elementtree: Element and its methods. */
#include "core/object/int.h"
#include "modules/_elementtree/elementtree.h"

static void element_trace(Object *self, Tracer *tr)
{
    Element *e = (Element *)self;
    trace_value(tr, e->tag);
    trace_value(tr, e->text);
    trace_value(tr, e->tail);
    trace_value(tr, e->attrib);
    trace_value(tr, e->children);
}

/* Sets the fields of an element that nobody else has seen. */
static void element_fill(Element *e, Value tag, Value attrib)
{
    gc_init(&e->tag, tag);
    gc_init(&e->text, NONE);
    gc_init(&e->tail, NONE);
    gc_init(&e->attrib, attrib);
}

Value element_create(Thread *t, Value tag, Value attrib)
{
    Element *e = object_alloc_fast(t, &element_type, sizeof *e);
    if (!e) {
        return 0;
    }
    element_fill(e, tag, attrib && dict_len(attrib) ? attrib : 0);
    return object_value(e);
}

/* *slot of e, which holds 0 or what make() once made. */
static Value made_once(Thread *t, Value e, Value *slot, Value (*make)(Thread *t))
{
    Value v = value_load(slot);
    if (v) {
        return v;
    }
    Value mine = make(t);
    if (!mine) {
        return 0;
    }
    bool taken = object_lock(t, value_object(e));
    v = value_load(slot);
    if (!v) {
        v = mine;
        gc_store(value_object(e), slot, v);
    }
    object_unlock(value_object(e), taken);
    return v;
}

static Value make_list(Thread *t)
{
    return list_new(t, 0);
}

Value element_children_list(Thread *t, Value e)
{
    return made_once(t, e, &element_of(e)->children, make_list);
}

Value element_attributes(Thread *t, Value e)
{
    return made_once(t, e, &element_of(e)->attrib, dict_new);
}

Value element_sequence(Thread *t, Value v)
{
    Value items = sequence_fast(t, v, "");
    if (!items && error_clear_if(t, &exc_TypeError)) {
        type_error(t, "expected sequence, not \"%T\"", v);
    }
    return items;
}

bool element_check(Thread *t, Value v)
{
    if (!value_is_element(v)) {
        type_error(t, "expected an Element, not \"%T\"", v);
        return false;
    }
    return true;
}

bool element_add(Thread *t, Value e, Value child)
{
    Value children = element_children_list(t, e);
    return children && list_append(t, children, child);
}

/* ---- making ---- */

/* The attributes of a call f(..., attrib={}, **kw): a new dict or 0 (none, or raised). */
static Value attributes_of_call(Thread *t, const char *function, int at, Value given,
                                const Value *values, Value kwnames)
{
    size_t nkw = kwnames ? tuple_len(kwnames) : 0;
    bool by_keyword = false;
    if (given && !value_is_dict(given)) {
        return type_error(t, "%s() argument %d must be dict, not %T", function, at, given);
    }
    for (size_t i = 0; i < nkw && !given; i++) {
        if (str_eq_cstr(value_tuple(kwnames)->items[i], "attrib")) {
            given = values[i];
            by_keyword = true;
            if (!value_is_dict(given)) {
                return type_error(t, "attrib must be dict, not %T", given);
            }
        }
    }
    if (!given && nkw == 0) {
        return 0;
    }
    Value all = given ? dict_copy(t, given) : dict_new(t);
    for (size_t i = 0; all && i < nkw; i++) {
        Value name = value_tuple(kwnames)->items[i];
        if (!(by_keyword && str_eq_cstr(name, "attrib")) && !dict_set(t, all, name, values[i])) {
            return 0;
        }
    }
    return all;
}

static Value element_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                         Value kw UNUSED)
{
    Element *e = object_alloc_instance(t, type, 0);
    if (!e) {
        return 0;
    }
    element_fill(e, NONE, 0);
    return object_value(e);
}

static bool element_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (n < 1 || n > 2) {
        type_error(t,
                   n < 1 ? "Element() takes at least 1 argument (%zu given)"
                         : "Element() takes at most 2 arguments (%zu given)",
                   n);
        return false;
    }
    Value attrib =
        attributes_of_call(t, "Element", 2, n == 2 ? args[1] : 0, args + n, kwnames);
    if (error_pending(t)) {
        return false;
    }
    Element *e = element_of(self);
    gc_store(e, &e->tag, args[0]);
    gc_store(e, &e->attrib, attrib);
    return true;
}

Value etree_subelement(Thread *t, Value *args, size_t n, Value kw)
{
    if (n < 2 || n > 3) {
        return type_error(t,
                          n < 2 ? "SubElement() takes at least 2 arguments (%zu given)"
                                : "SubElement() takes at most 3 arguments (%zu given)",
                          n);
    }
    if (!value_is_element(args[0])) {
        return type_error(
            t, "SubElement() argument 1 must be xml.etree.ElementTree.Element, not %T", args[0]);
    }
    Value attrib = attributes_of_call(t, "SubElement", 3, n == 3 ? args[2] : 0, args + n, kw);
    Value e = error_pending(t) ? 0 : element_create(t, args[1], attrib);
    return e && element_add(t, args[0], e) ? e : 0;
}

NATIVE_FN(element_makeelement)
{
    if (!value_is_dict(args[2])) {
        return type_error(t, "makeelement() argument 2 must be dict, not %T", args[2]);
    }
    Value attrib = dict_copy(t, args[2]);
    return attrib ? element_create(t, args[1], attrib) : 0;
}

/* ---- changing the children ---- */

static bool element_arg(Thread *t, Value v, const char *what)
{
    if (!value_is_element(v)) {
        type_error(t, "%s must be xml.etree.ElementTree.Element, not %T", what, v);
        return false;
    }
    return true;
}

NATIVE_FN(element_append)
{
    return element_arg(t, args[1], "append() argument") && element_add(t, args[0], args[1]) ? NONE
                                                                                           : 0;
}

NATIVE_FN(element_insert)
{
    ssize_t at;
    if (!value_to_ssize(t, args[1], &at, &exc_OverflowError) ||
        !element_arg(t, args[2], "insert() argument 2")) {
        return 0;
    }
    Value children = element_children_list(t, args[0]);
    return children && list_insert(t, children, at, args[2]) ? NONE : 0;
}

NATIVE_FN(element_extend)
{
    Value items = element_sequence(t, args[1]);
    for (size_t i = 0; items && i < tuple_len(items); i++) {
        Value child = value_tuple(items)->items[i];
        if (!element_check(t, child) || !element_add(t, args[0], child)) {
            return 0;
        }
    }
    return items ? NONE : 0;
}

NATIVE_FN(element_remove)
{
    if (!element_arg(t, args[1], "remove() argument")) {
        return 0;
    }
    Value children = element_children(args[0]);
    return children ? call_method1(t, children, N(remove), args[1])
                    : value_error(t, "list.remove(x): x not in list");
}

NATIVE_FN(element_clear)
{
    Element *e = element_of(args[0]);
    gc_store(e, &e->attrib, 0);
    gc_store(e, &e->children, 0);
    gc_store(e, &e->text, NONE);
    gc_store(e, &e->tail, NONE);
    return NONE;
}

/* ---- attributes ---- */

NATIVE_FN(element_get)
{
    Value attrib = value_load(&element_of(args[0])->attrib);
    Value v = attrib ? dict_get(t, attrib, args[1]) : 0;
    return v ? v : error_pending(t) ? 0 : args[2] ? args[2] : NONE;
}

NATIVE_FN(element_set)
{
    Value attrib = element_attributes(t, args[0]);
    return attrib && dict_set(t, attrib, args[1], args[2]) ? NONE : 0;
}

NATIVE_FN(element_keys)
{
    Value attrib = value_load(&element_of(args[0])->attrib);
    return attrib ? dict_keys_list(t, attrib) : list_new(t, 0);
}

NATIVE_FN(element_items_method)
{
    Value attrib = value_load(&element_of(args[0])->attrib);
    return attrib ? dict_items_list(t, attrib) : list_new(t, 0);
}

static Value *field_of(Value self, void *closure)
{
    return (Value *)((char *)element_of(self) + (uintptr_t)closure);
}

static Value get_field(Thread *t UNUSED, Value self, void *closure)
{
    return value_load(field_of(self, closure));
}

static bool not_deleted(Thread *t, Value v)
{
    if (!v) {
        raise(t, &exc_AttributeError, "can't delete element attribute");
    }
    return v;
}

static bool set_field(Thread *t, Value self, Value v, void *closure)
{
    if (!not_deleted(t, v)) {
        return false;
    }
    gc_store(element_of(self), field_of(self, closure), v);
    return true;
}

static Value get_attrib(Thread *t, Value self, void *closure UNUSED)
{
    return element_attributes(t, self);
}

static bool set_attrib(Thread *t, Value self, Value v, void *closure)
{
    if (v && !value_is_dict(v)) {
        type_error(t, "attrib must be dict, not %T", v);
        return false;
    }
    return set_field(t, self, v, closure);
}

/* ---- copies, pickles, text ---- */

NATIVE_FN(element_copy)
{
    Element *e = element_of(args[0]);
    Value attrib = value_load(&e->attrib), children = element_children(args[0]);
    Value v = element_create(t, value_load(&e->tag), attrib);
    if (!v) {
        return 0;
    }
    Element *copy = element_of(v);
    gc_store(copy, &copy->text, value_load(&e->text));
    gc_store(copy, &copy->tail, value_load(&e->tail));
    if (children && list_len(children)) {
        Value list = sequence_list(t, children);
        if (!list) {
            return 0;
        }
        gc_store(copy, &copy->children, list);
    }
    return v;
}

static Value deep_copy(Thread *t, Value v, Value memo);

static bool deep_copy_field(Thread *t, Element *to, Value *slot, Value v, Value memo)
{
    Value copy = deep_copy(t, v, memo);
    if (copy) {
        gc_store(to, slot, copy);
    }
    return copy;
}

/* What copy.deepcopy notes about a copy. */
static bool memo_set(Thread *t, Value memo, Value v, Value copy)
{
    Value id = int_from_uint64(t, v);
    return id && dict_set(t, memo, id, copy);
}

static Value deep_copy_element(Thread *t, Value self, Value memo)
{
    Element *e = element_of(self);
    Value tag = deep_copy(t, value_load(&e->tag), memo);
    Value v = tag ? element_create(t, tag, 0) : 0;
    if (!v) {
        return 0;
    }
    Element *copy = element_of(v);
    Value attrib = value_load(&e->attrib), children = element_children(self);
    if (!deep_copy_field(t, copy, &copy->text, value_load(&e->text), memo) ||
        !deep_copy_field(t, copy, &copy->tail, value_load(&e->tail), memo) ||
        (attrib && !deep_copy_field(t, copy, &copy->attrib, attrib, memo))) {
        return 0;
    }
    for (size_t i = 0; children && i < list_len(children); i++) {
        Value child = list_get(children, i), c = child ? deep_copy(t, child, memo) : 0;
        if (!c ? error_pending(t) : !element_check(t, c) || !element_add(t, v, c)) {
            return 0;
        }
    }
    return memo_set(t, memo, self, v) ? v : 0;
}

/* A copy of a dict that has nothing but str in it, as attributes do, or the one in memo; 0 without
 * an error: there is something else in it. */
static Value copy_of_texts(Thread *t, Value dict, Value memo)
{
    Value id = int_from_uint64(t, dict), copy = id ? dict_get(t, memo, id) : 0, key, v;
    if (copy || error_pending(t) || !(copy = dict_copy(t, dict))) {
        return copy;
    }
    DictTable *table = NULL;
    size_t at = 0;
    while (dict_next(copy, &table, &at, &key, &v)) {
        if (!value_is_str_exact(key) || !value_is_str_exact(v)) {
            return 0;
        }
    }
    return memo_set(t, memo, dict, copy) ? copy : 0;
}

/* copy.deepcopy, whose work on None, str, dicts of str and elements needs no call */
static Value deep_copy(Thread *t, Value v, Value memo)
{
    if (is_none(v) || value_is_str_exact(v)) {
        return v;
    }
    if (value_is_element_exact(v)) {
        if (!c_recursion_enter(t, " while copying an element")) {
            return 0;
        }
        Value copy = deep_copy_element(t, v, memo);
        c_recursion_leave(t);
        return copy;
    }
    if (value_is_dict_exact(v)) {
        Value copy = copy_of_texts(t, v, memo);
        if (copy || error_pending(t)) {
            return copy;
        }
    }
    Value f = import_attr(t, "copy", "deepcopy");
    return f ? call2(t, f, v, memo) : 0;
}

NATIVE_FN(element_deepcopy)
{
    if (!value_is_dict(args[1])) {
        return type_error(t, "__deepcopy__() argument must be dict, not %T", args[1]);
    }
    return deep_copy_element(t, args[0], args[1]);
}

NATIVE_FN(element_getstate)
{
    Element *e = element_of(args[0]);
    Value state = dict_new(t), children = element_children(args[0]),
          attrib = element_attributes(t, args[0]);
    children = children ? sequence_list(t, children) : list_new(t, 0);
    return state && attrib && children &&
                   dict_set_cstr(t, state, "tag", value_load(&e->tag)) &&
                   dict_set_cstr(t, state, "_children", children) &&
                   dict_set_cstr(t, state, "attrib", attrib) &&
                   dict_set_cstr(t, state, "text", value_load(&e->text)) &&
                   dict_set_cstr(t, state, "tail", value_load(&e->tail))
               ? state
               : 0;
}

/* state[name], a list of texts joined; None: not there; 0: raised */
static Value state_text(Thread *t, Value state, const char *name)
{
    Value v = dict_get_cstr(t, state, name);
    if (v && value_is_list_exact(v)) {
        return str_join(t, str_from_ascii(t, "", 0), v);
    }
    return v ? v : error_pending(t) ? 0 : NONE;
}

NATIVE_FN(element_setstate)
{
    Value state = args[1];
    if (!value_is_dict_exact(state)) {
        return type_error(t, "Don't know how to unpickle \"%R\" as an Element", state);
    }
    Value tag = dict_get_cstr(t, state, "tag"), attrib = dict_get_cstr(t, state, "attrib"),
          children = dict_get_cstr(t, state, "_children"), text = state_text(t, state, "text"),
          tail = text ? state_text(t, state, "tail") : 0;
    if (!tail) {
        return 0;
    }
    if (!tag) {
        return type_error(t, "tag may not be NULL");
    }
    if (children && !value_is_list(children)) {
        return type_error(t, "'_children' is not a list");
    }
    if (children && !(children = sequence_list(t, children))) {
        return 0;
    }
    for (size_t i = 0; children && i < list_len(children); i++) {
        if (!element_check(t, list_get(children, i))) {
            return 0;
        }
    }
    Element *e = element_of(args[0]);
    gc_store(e, &e->tag, tag);
    gc_store(e, &e->text, text);
    gc_store(e, &e->tail, tail);
    gc_store(e, &e->attrib, attrib && value_is_dict(attrib) ? attrib : 0);
    gc_store(e, &e->children, children);
    return NONE;
}

static Value element_repr(Thread *t, Value self)
{
    if (!repr_enter(t, self)) {
        return runtime_error(t, "reentrant call inside %s.__repr__", type_of(self)->name);
    }
    Value r = str_format(t, "<Element %R at %p>", value_load(&element_of(self)->tag),
                         (void *)value_object(self));
    repr_leave(t, self);
    return r;
}

/* ---- walks ---- */

NATIVE_FN(element_iter_method)
{
    Value tag = args[1];
    bool all = !tag || is_none(tag) || (value_is_str(tag) && str_eq_cstr(tag, "*"));
    return element_iter_new(t, args[0], all ? 0 : tag, false);
}

NATIVE_FN(element_itertext)
{
    return element_iter_new(t, args[0], 0, true);
}

static const NativeDef methods[] = {
    {"clear()", element_clear, "Remove children, attributes and texts.", 0},
    {"get(key, default=None)", element_get, "The value of an attribute.", 0},
    {"set(key, value, /)", element_set, "Set an attribute.", 0},
    {"find(path, namespaces=None)", element_find, "The first child that matches, or None.", 0},
    {"findtext(path, default=None, namespaces=None)", element_findtext,
     "The text of the first child that matches.", 0},
    {"findall(path, namespaces=None)", element_findall, "All children that match.", 0},
    {"iterfind(path, namespaces=None)", element_iterfind, "Iterate over what matches.", 0},
    {"append(subelement, /)", element_append, "Add a child at the end.", 0},
    {"extend(elements, /)", element_extend, "Add children at the end.", 0},
    {"insert(index, subelement, /)", element_insert, "Insert a child.", 0},
    {"remove(subelement, /)", element_remove, "Remove a child.", 0},
    {"iter(tag=None)", element_iter_method, "Iterate over the element and all below it.", 0},
    {"itertext()", element_itertext, "Iterate over all texts, in document order.", 0},
    {"items()", element_items_method, "The attributes as a list of pairs.", 0},
    {"keys()", element_keys, "The names of the attributes.", 0},
    {"makeelement(tag, attrib, /)", element_makeelement, "A new element.", 0},
    {"__copy__()", element_copy, "A copy with the same children and the same dict of attributes.",
     0},
    {"__deepcopy__(memo, /)", element_deepcopy, "A copy with copies of the children.", 0},
    {"__getstate__()", element_getstate, "What a pickle keeps, as a dict.", 0},
    {"__setstate__(state, /)", element_setstate, "Take the state from a dict.", 0},
    {NULL, NULL, NULL, 0},
};

#define FIELD(name) (void *)offsetof(Element, name)
static const GetSetDef getset[] = {
    {"tag", get_field, set_field, "A string identifying what kind of data this is.", FIELD(tag)},
    {"text", get_field, set_field, "The text before the first child, or None.", FIELD(text)},
    {"tail", get_field, set_field, "The text behind the element, or None.", FIELD(tail)},
    {"attrib", get_attrib, set_attrib, "The attributes, a dict.", FIELD(attrib)},
    {NULL, NULL, NULL, NULL, NULL},
};

Type element_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "xml.etree.ElementTree.Element",
    .size = sizeof(Element),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .weakrefable = 1,
    .trace = element_trace,
    .new = element_new,
    .init = element_init,
    .repr = element_repr,
    .len = element_len,
    .getitem = element_getitem,
    .setitem = element_setitem,
    .item = element_item,
    .methods = methods,
    .getset = getset,
};
