/* _string: the parser of str.format as iterators, for string.Formatter. */
#include "core/object/module.h"
#include "core/object/str_format.h"
#include "core/object/tuple.h"

typedef struct PieceIter {
    Object head;
    Value str;   /* init-only */
    size_t pos;  /* one thread at a time uses an iterator */
    size_t end;
} PieceIter;

static void iter_trace(Object *self, Tracer *tr) { trace_value(tr, ((PieceIter *)self)->str); }
static Value format_next_slot(Thread *t, Value v)
{
    PieceIter *it = (PieceIter *)value_object(v);
    FormatPiece p;
    if (format_next_piece(t, it->str, &it->pos, it->end, &p) <= 0) {
        return 0;
    }
    Value literal = str_substring(t, it->str, p.lit_lo, p.lit_hi);
    Value name = p.has_field ? str_substring(t, it->str, p.name_lo, p.name_hi) : NONE;
    Value spec = p.has_field ? str_substring(t, it->str, p.spec_lo, p.spec_hi) : NONE;
    Value conversion = p.conversion ? str_from_char(t, p.conversion) : NONE;
    return literal && name && spec && conversion ? tuple_pack(t, 4, literal, name, spec, conversion)
                                                 : 0;
}

static Value field_next_slot(Thread *t, Value v)
{
    PieceIter *it = (PieceIter *)value_object(v);
    FieldPart p;
    if (field_next_part(t, it->str, &it->pos, it->end, &p) <= 0) {
        return 0;
    }
    Value key = p.index >= 0 ? fixnum(p.index) : str_substring(t, it->str, p.lo, p.hi);
    return key ? tuple_pack(t, 2, bool_value(p.is_attr), key) : 0;
}

static Type format_iter_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                                .name = "formatteriterator",
                                .size = sizeof(PieceIter),
                                .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                                .trace = iter_trace,
                                .iter = iter_self,
                                .next = format_next_slot};
static Type field_iter_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                               .name = "fieldnameiterator",
                               .size = sizeof(PieceIter),
                               .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                               .trace = iter_trace,
                               .iter = iter_self,
                               .next = field_next_slot};

static Value iter_new(Thread *t, Type *type, Value s, size_t pos)
{
    PieceIter *it = object_alloc(t, type, sizeof *it);
    if (it) {
        gc_init(&it->str, s);
        it->pos = pos;
        it->end = str_len(s);
    }
    return object_value(it);
}

static Value formatter_parser(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "expected str, got %T", args[0]);
    }
    return iter_new(t, &format_iter_type, args[0], 0);
}

static Value formatter_field_name_split(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "expected str, got %T", args[0]);
    }
    size_t hi;
    ssize_t index;
    if (!field_first_part(t, args[0], 0, str_len(args[0]), &hi, &index)) {
        return 0;
    }
    Value first = index >= 0 ? fixnum(index) : str_substring(t, args[0], 0, hi);
    Value rest = first ? iter_new(t, &field_iter_type, args[0], hi) : 0;
    return rest ? tuple_pack(t, 2, first, rest) : 0;
}

static bool string_exec(Thread *t, Value mod UNUSED)
{
    return type_ready(t, &format_iter_type) && type_ready(t, &field_iter_type);
}

static const NativeDef functions[] = {
    {"formatter_parser(string, /)", formatter_parser,
     "Iterate over the literals and fields of a format string.", 0},
    {"formatter_field_name_split(name, /)", formatter_field_name_split,
     "Split a field name: (first, iterator over the rest).", 0},
    {0}};

const ModuleDef module__string;
const ModuleDef module__string = {
    .name = "_string", .doc = "string helper module", .functions = functions, .exec = string_exec};
