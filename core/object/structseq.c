/* Struct sequences: tuples whose first items are visible by index and whose fields all have names.
 */
#include "core/base/memory.h"
#include "core/object/dict.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

/* Per type, in type->reserved[0]; lives as long as the process. */
typedef struct SeqInfo {
    const StructSeqDef *def;
    size_t fields, visible, unnamed;
} SeqInfo;

static const SeqInfo *info_of(const Type *type)
{
    return type->reserved[0];
}

static void seq_trace(Object *o, Tracer *tr)
{
    trace_values(tr, ((Tuple *)o)->items, info_of(o->type)->fields);
}

static Value seq_alloc(Thread *t, Type *type)
{
    const SeqInfo *info = info_of(type);
    Tuple *seq = object_alloc(t, type, sizeof *seq + info->fields * sizeof(Value));
    if (seq) {
        seq->len = info->visible;
    }
    return object_value(seq);
}

Value structseq_new(Thread *t, Value type)
{
    return seq_alloc(t, value_type(type));
}

void structseq_set(Value seq, int i, Value v)
{
    gc_store(value_object(seq), &value_tuple(seq)->items[i], v);
}

Value structseq_pack(Thread *t, Value type, const Value *fields)
{
    const SeqInfo *info = info_of(value_type(type));
    for (size_t i = 0; i < info->fields; i++) {
        if (!fields[i]) {
            return 0;
        }
    }
    Value seq = structseq_new(t, type);
    for (size_t i = 0; seq && i < info->fields; i++) {
        structseq_set(seq, (int)i, fields[i]);
    }
    return seq;
}

static Value seq_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("structseq(sequence, dict=None)");
    const SeqInfo *info = info_of(type);
    Value a[2];
    if (type_has(type, TYPE_NO_INSTANTIATE)) {
        return type_error(t, "cannot create '%s' instances", type->name);
    }
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    Value items = sequence_fast(t, a[0], "constructor requires a sequence");
    if (!items) {
        return 0;
    }
    if (a[1] && !value_is_dict(a[1])) {
        return type_error(t, "%s() takes a dict as second arg, if any", type->name);
    }
    size_t len = tuple_len(items);
    if (len < info->visible || len > info->fields) {
        const char *bound = info->visible == info->fields ? "a"
                            : len < info->visible         ? "an at least"
                                                          : "an at most";
        return type_error(t, "%s() takes %s %zu-sequence (%zu-sequence given)", type->name, bound,
                          len < info->visible ? info->visible : info->fields, len);
    }
    Value seq = seq_alloc(t, type);
    for (size_t i = 0; seq && i < info->fields; i++) {
        Value v = i < len ? tuple_get(items, i) : 0;
        if (!v && a[1] && value_is_dict(a[1])) {
            v = dict_get_cstr(t, a[1], info->def->fields[i].name);
        }
        gc_store(value_object(seq), &value_tuple(seq)->items[i], v ? v : NONE);
    }
    return error_pending(t) ? 0 : seq;
}

static Value seq_repr(Thread *t, Value self)
{
    const SeqInfo *info = info_of(type_of(self));
    const MemberDef *members = type_of(self)->members;
    StrBuilder b;
    sb_init(&b, t);
    sb_format(&b, "%s(", type_of(self)->name);
    for (size_t i = 0; i < info->visible; i++) {
        /* the named ones in order */
        sb_format(&b, "%s%s=%R", i ? ", " : "", members[i].name, tuple_get(self, i));
    }
    sb_char(&b, ')');
    return error_pending(t) ? 0 : sb_finish(&b);
}

static Value seq_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const SeqInfo *info = info_of(type_of(args[0]));
    Value items = tuple_from(t, value_tuple(args[0])->items, info->visible), dict = dict_new(t);
    for (size_t i = info->visible; dict && i < info->fields; i++) {
        if (!dict_set_cstr(t, dict, info->def->fields[i].name, value_tuple(args[0])->items[i])) {
            return 0;
        }
    }
    Value inner = items && dict ? tuple_pack(t, 2, items, dict) : 0;
    return inner ? tuple_pack(t, 2, object_value(type_of(args[0])), inner) : 0;
}

static const NativeDef seq_methods[] = {
    {"__reduce__()", seq_reduce, "Helper for pickle.", 0},
    {NULL, NULL, NULL, 0},
};

/* NULL: no memory. */
static MemberDef *make_members(const SeqInfo *info)
{
    MemberDef *members = mem_calloc(info->fields + 1, sizeof *members);
    size_t used = 0;
    for (size_t i = 0; members && i < info->fields; i++) {
        const StructSeqField *field = &info->def->fields[i];
        if (*field->name) {
            members[used++] =
                (MemberDef){field->name, MEMBER_VALUE,
                            offsetof(Tuple, items) + i * sizeof(Value), true, field->doc};
        }
    }
    return members;
}

static bool add_counts(Thread *t, Type *type, const SeqInfo *info)
{
    Value dict = object_value(type_names(type)),
          match = tuple_new(t, info->visible - (info->unnamed < info->visible ? info->unnamed : 0));
    if (!match) {
        return false;
    }
    size_t used = 0;
    for (size_t i = 0; i < info->visible && used < tuple_len(match); i++) {
        if (*info->def->fields[i].name) {
            Value name = intern_cstr(t, info->def->fields[i].name);
            if (!name) {
                return false;
            }
            gc_store(value_object(match), &value_tuple(match)->items[used++], name);
        }
    }
    while (used < tuple_len(match)) {
        gc_store(value_object(match), &value_tuple(match)->items[used++], N(empty));
    }
    return dict_set_cstr(t, dict, "n_sequence_fields", fixnum((int64_t)info->visible)) &&
           dict_set_cstr(t, dict, "n_fields", fixnum((int64_t)info->fields)) &&
           dict_set_cstr(t, dict, "n_unnamed_fields", fixnum((int64_t)info->unnamed)) &&
           dict_set(t, dict, N(__match_args__), match);
}

bool structseq_type_init(Thread *t, Type *type, const StructSeqDef *def)
{
    SeqInfo *info = mem_calloc(1, sizeof *info);
    if (!info) {
        raise_memory(t);
        return false;
    }
    info->def = def;
    info->visible = (size_t)def->n_sequence;
    for (const StructSeqField *f = def->fields; f->name; f++) {
        info->fields++;
        info->unnamed += *f->name == 0;
    }
    MemberDef *members = make_members(info);
    if (!members) {
        raise_memory(t);
        return false;
    }
    *type = (Type){
        .head = OBJECT_STATIC_HEAD(&type_type),
        .name = def->name,
        .doc = def->doc,
        .base = &tuple_type,
        .size = sizeof(Tuple),
        .item_size = sizeof(Value),
        .flags = TYPE_LIKE_CLASS,
        .trace = seq_trace,
        .new = seq_new,
        .repr = seq_repr,
        .methods = seq_methods,
        .members = members,
        .reserved = {info},
    };
    return type_ready(t, type) && add_counts(t, type, info);
}

Value structseq_type_new(Thread *t, const StructSeqDef *def)
{
    Type *type = mem_calloc(1, sizeof *type);
    if (!type) {
        return raise_memory(t);
    }
    return structseq_type_init(t, type, def) ? object_value(type) : 0;
}

bool module_add_structseq(Thread *t, Value mod, const StructSeqDef *def, Value *type)
{
    if (!*type) {
        *type = structseq_type_new(t, def);
        if (!*type) {
            return false;
        }
        gc_add_root(type);
    }
    return module_add(t, mod, strrchr(def->name, '.') + 1, *type);
}
