/* _elementtree: TreeBuilder, which makes a tree of a sequence of starts, ends and texts. */
#include "modules/_elementtree/elementtree.h"

static const char *const event_names[EVENT_COUNT] = {"start",  "end",     "start-ns",
                                                     "end-ns", "comment", "pi"};

static void builder_trace(Object *self, Tracer *tr)
{
    TreeBuilder *b = (TreeBuilder *)self;
    trace_value(tr, b->root);
    trace_value(tr, b->here);
    trace_value(tr, b->last);
    trace_value(tr, b->stack);
    trace_value(tr, b->data);
    trace_value(tr, b->element_factory);
    trace_value(tr, b->comment_factory);
    trace_value(tr, b->pi_factory);
    trace_value(tr, b->report);
    trace_values(tr, b->events, EVENT_COUNT);
}

static Value builder_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                         Value kw UNUSED)
{
    Value stack = list_new(t, 0);
    TreeBuilder *b = stack ? object_alloc_instance(t, type, 0) : NULL;
    if (!b) {
        return 0;
    }
    gc_init(&b->stack, stack);
    return object_value(b);
}

Value builder_create(Thread *t)
{
    return builder_new(t, &tree_builder_type, NULL, 0, 0);
}

static Value given_factory(Value v)
{
    return v && !is_none(v) ? v : 0;
}

static bool builder_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig =
        SIGNATURE("TreeBuilder(element_factory=None, *, comment_factory=None, pi_factory=None, "
                  "insert_comments=False, insert_pis=False)");
    Value a[5];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return false;
    }
    int comments = a[3] ? object_truth(t, a[3]) : 0, pis = a[4] ? object_truth(t, a[4]) : 0;
    if (comments < 0 || pis < 0) {
        return false;
    }
    TreeBuilder *b = builder_of(self);
    gc_store(b, &b->element_factory, given_factory(a[0]));
    gc_store(b, &b->comment_factory, given_factory(a[1]));
    gc_store(b, &b->pi_factory, given_factory(a[2]));
    store_relaxed(&b->insert_comments, comments);
    store_relaxed(&b->insert_pis, pis);
    return true;
}

bool builder_report(Thread *t, TreeBuilder *b, EventKind kind, Value what)
{
    Value name = value_load(&b->events[kind]), report = value_load(&b->report);
    if (!name || !report) {
        return true;
    }
    Value event = tuple_pack(t, 2, name, what);
    return event && call1(t, report, event);
}

/* ---- texts ---- */

/* Adds text to attribute name of any kind of element. */
static bool extend_attribute(Thread *t, Value e, Value name, Value text)
{
    Value before = object_getattr(t, e, name);
    if (!before) {
        return false;
    }
    Value all = is_none(before) ? text : number_binary(t, OP_ADD, before, text);
    return all && object_setattr(t, e, name, all);
}

/* Puts the text that has come into the tree. */
static bool flush(Thread *t, TreeBuilder *b)
{
    Value text = value_load(&b->data), e = value_load(&b->last);
    if (!text) {
        return true;
    }
    gc_store(b, &b->data, 0);
    if (value_is_list_exact(text) && !(text = str_join(t, str_from_ascii(t, "", 0), text))) {
        return false;
    }
    if (!value_is_element_exact(e)) {
        return extend_attribute(t, e, b->tail ? N(tail) : N(text), text);
    }
    Value *slot = b->tail ? &element_of(e)->tail : &element_of(e)->text,
          before = value_load(slot);
    Value all = is_none(before) ? text : number_binary(t, OP_ADD, before, text);
    if (all) {
        gc_store(value_object(e), slot, all);
    }
    return all;
}

bool builder_data(Thread *t, TreeBuilder *b, Value text)
{
    Value data = value_load(&b->data);
    if (data && value_is_list_exact(data)) {
        return list_append(t, data, text);
    }
    if (data) {
        data = list_from(t, (Value[]){data, text}, 2);
        if (!data) {
            return false;
        }
    } else if (value_load(&b->last)) {
        data = text;
    }
    gc_store(b, &b->data, data);
    return true;
}

/* ---- elements ---- */

static bool add_to(Thread *t, Value parent, Value child)
{
    return value_is_element_exact(parent) && value_is_element(child)
               ? element_add(t, parent, child)
               : call_method1(t, parent, N(append), child) != 0;
}

/* Text that follows belongs to e, or behind it. */
static void place_text(TreeBuilder *b, Value e, bool tail)
{
    gc_store(b, &b->last, e);
    b->tail = tail;
}

Value builder_start(Thread *t, TreeBuilder *b, Value tag, Value attrib)
{
    Value factory = value_load(&b->element_factory), e;
    if (!flush(t, b)) {
        return 0;
    }
    if (!factory) {
        e = element_create(t, tag, attrib);
    } else {
        attrib = attrib ? attrib : dict_new(t);
        e = attrib ? call2(t, factory, tag, attrib) : 0;
    }
    if (!e) {
        return 0;
    }
    Value here = value_load(&b->here);
    if (here) {
        if (!add_to(t, here, e)) {
            return 0;
        }
    } else if (value_load(&b->root)) {
        return raise_value(t, value_type(etree_parse_error(t)),
                           str_from_cstr(t, "multiple elements on top level"));
    } else {
        gc_store(b, &b->root, e);
    }
    if (!list_append(t, b->stack, here ? here : NONE)) {
        return 0;
    }
    gc_store(b, &b->here, e);
    place_text(b, e, false);
    return builder_report(t, b, EVENT_START, e) ? e : 0;
}

Value builder_end(Thread *t, TreeBuilder *b)
{
    if (!flush(t, b)) {
        return 0;
    }
    Value e = value_load(&b->here), outer = list_pop_last(t, b->stack);
    if (!e || !outer) {
        return error_pending(t) ? 0 : index_error(t, "pop from empty stack");
    }
    gc_store(b, &b->here, is_none(outer) ? 0 : outer);
    place_text(b, e, true);
    return builder_report(t, b, EVENT_END, e) ? e : 0;
}

/* The node of a comment or processing instruction: told, and put into the tree if `inserted`. */
static Value side_node(Thread *t, TreeBuilder *b, Value node, EventKind kind, bool inserted)
{
    Value here = value_load(&b->here);
    if (!node || !flush(t, b)) {
        return 0;
    }
    if (inserted && here) {
        if (!add_to(t, here, node)) {
            return 0;
        }
        place_text(b, node, true);
    }
    return builder_report(t, b, kind, node) ? node : 0;
}

/* The builder's factory, or else the interpreter's. */
static Value factory_or(Thread *t, const Value *own, int slot)
{
    Value f = value_load(own);
    return f ? f : value_load(interp_slot(t, slot));
}

Value builder_comment(Thread *t, TreeBuilder *b, Value text)
{
    Value f = factory_or(t, &b->comment_factory, INTERP_etree_comment_factory);
    Value node = f ? call1(t, f, text) : text;
    return side_node(t, b, node, EVENT_COMMENT, b->insert_comments);
}

Value builder_pi(Thread *t, TreeBuilder *b, Value target, Value text)
{
    Value f = factory_or(t, &b->pi_factory, INTERP_etree_pi_factory);
    Value node = f ? call2(t, f, target, text) : tuple_pack(t, 2, target, text);
    return side_node(t, b, node, EVENT_PI, b->insert_pis);
}

Value builder_close(Thread *t UNUSED, TreeBuilder *b)
{
    Value root = value_load(&b->root);
    return root ? root : NONE;
}

/* ---- events ---- */

static bool want_event(Thread *t, TreeBuilder *b, Value name)
{
    if (!value_is_str(name)) {
        value_error(t, "invalid events sequence");
        return false;
    }
    for (int i = 0; i < EVENT_COUNT; i++) {
        if (str_eq_cstr(name, event_names[i])) {
            gc_store(b, &b->events[i], name);
            return true;
        }
    }
    value_error(t, "unknown event '%U'", name);
    return false;
}

bool builder_follow(Thread *t, TreeBuilder *b, Value queue, Value events)
{
    Value report = object_getattr(t, queue, N(append));
    if (!report) {
        return false;
    }
    gc_store(b, &b->report, report);
    for (int i = 0; i < EVENT_COUNT; i++) {
        gc_store(b, &b->events[i], 0);
    }
    if (!events || is_none(events)) {
        Value end = intern_cstr(t, event_names[EVENT_END]);
        gc_store(b, &b->events[EVENT_END], end);
        return end;
    }
    Value wanted = sequence_fast(t, events, "events must be a sequence");
    for (size_t i = 0; wanted && i < tuple_len(wanted); i++) {
        if (!want_event(t, b, value_tuple(wanted)->items[i])) {
            return false;
        }
    }
    return wanted;
}

/* ---- methods ---- */

NATIVE_FN(builder_start_method)
{
    if (!value_is_dict(args[2])) {
        return type_error(t, "start() argument 2 must be dict, not %T", args[2]);
    }
    return builder_start(t, builder_of(args[0]), args[1], args[2]);
}

NATIVE_FN(builder_end_method)
{
    return builder_end(t, builder_of(args[0]));
}

NATIVE_FN(builder_data_method)
{
    return builder_data(t, builder_of(args[0]), args[1]) ? NONE : 0;
}

NATIVE_FN(builder_comment_method)
{
    return builder_comment(t, builder_of(args[0]), args[1]);
}

NATIVE_FN(builder_pi_method)
{
    return builder_pi(t, builder_of(args[0]), args[1], args[2] ? args[2] : NONE);
}

NATIVE_FN(builder_close_method)
{
    return builder_close(t, builder_of(args[0]));
}

static const NativeDef methods[] = {
    {"start(tag, attrs, /)", builder_start_method, "Open an element and return it.", 0},
    {"end(tag, /)", builder_end_method, "Close the element that is open and return it.", 0},
    {"data(data, /)", builder_data_method, "Add text.", 0},
    {"comment(text, /)", builder_comment_method, "Make a comment and return it.", 0},
    {"pi(target, text=None, /)", builder_pi_method,
     "Make a processing instruction and return it.", 0},
    {"close()", builder_close_method, "The root of the tree, or None.", 0},
    {NULL, NULL, NULL, 0},
};

Type tree_builder_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "xml.etree.ElementTree.TreeBuilder",
    .size = sizeof(TreeBuilder),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .trace = builder_trace,
    .new = builder_new,
    .init = builder_init,
    .methods = methods,
};
