/* _opcode: the opcode table and decoded instructions, for stdlib/opcode.py and stdlib/dis.py. */
#include "core/bytecode/code.h"
#include "core/object/bytes.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static Value text_or_empty(Thread *t, const char *text)
{
    return intern_cstr(t, text);
}

static const char *kind_name(unsigned kind)
{
    static const char *const kind_names[] = {"", "W", "R", "M", "I", "S", "K", "S16", "B"};
    return kind_names[kind];
}

static const char *format_name(unsigned format)
{
    static const char *const format_names[] = {"ABC",   "ABx",   "XJ",   "ABCXJ",
                                               "ABCXC", "ABCXI", "ABCXK"};
    return format_names[format];
}

static Value opcode_table(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kwnames UNUSED)
{
    Value list = list_new(t, OP_CODE_COUNT);
    for (int i = 0; list != 0 && i < OP_CODE_COUNT; i++) {
        const OpInfo *info = &op_info[i];
        Value kinds =
            tuple_pack(t, 3, text_or_empty(t, kind_name(info->a)),
                       text_or_empty(t, kind_name(info->b)), text_or_empty(t, kind_name(info->c)));
        Value row = kinds == 0 ? 0
                               : tuple_pack(t, 5, text_or_empty(t, info->name),
                                            text_or_empty(t, format_name(info->format)), kinds,
                                            fixnum(info->units), str_from_cstr(t, info->effect));
        if (row == 0 || !list_append(t, list, row)) {
            return 0;
        }
    }
    return list;
}

static bool check_code(Thread *t, Value v)
{
    if (!value_is_code(v)) {
        type_error(t, "code object expected, got %T", v);
        return false;
    }
    return code_complete(t, (const Code *)value_object(v));
}

/* Instructions to decode: of a code object, or bare bytes (code: NULL). */
typedef struct {
    const Code *code;
    const Instr *instrs;
    uint32_t n;
} Stretch;

static bool stretch_of(Thread *t, Value v, Stretch *s)
{
    if (!value_isa(v, &bytes_type)) {
        bool ok = check_code(t, v);
        const Code *code = ok ? (const Code *)value_object(v) : NULL;
        *s = (Stretch){code, ok ? code->instrs : NULL, ok ? code->n_instrs : 0};
        return ok;
    }
    const Bytes *b = value_bytes(v);
    if (b->len % sizeof(Instr) != 0) {
        value_error(t, "the length of the instructions is no multiple of %d", (int)sizeof(Instr));
        return false;
    }
    *s = (Stretch){NULL, (const Instr *)b->data, (uint32_t)(b->len / sizeof(Instr))};
    return true;
}

static Value decoded_row(Thread *t, const Code *code, const Decoded *d)
{
    const OpInfo *info = &op_info[d->op];
    bool is_wide_b = info->format == FMT_ABx;
    int64_t b = is_wide_b ? (info->b == KIND_S16 ? d->sbx : (int64_t)d->bx) : d->b;
    int64_t c = info->c == KIND_S ? d->sc : (int64_t)d->c;
    Value x = fixnum(d->x);
    if (op_is_jump(d->op)) {
        x = fixnum(decoded_target(d));
    } else if (info->format == FMT_ABCXC) {
        Value name = code ? code_cache_name(code, d->x) : 0;
        x = name ? name : NONE;
    }
    return tuple_pack(t, 7, fixnum(d->start), fixnum(d->next), fixnum(d->op), fixnum(d->a),
                      fixnum(b), fixnum(c), x);
}

static Value opcode_decode(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    Stretch s;
    Value list = stretch_of(t, args[0], &s) ? list_new(t, s.n) : 0;
    Decoded d;
    for (uint32_t at = 0; list != 0 && at < s.n; at = d.next) {
        if (!instr_decode(s.instrs, s.n, at, &d)) {
            return value_error(t, "malformed instruction at unit %d", (int)at);
        }
        Value row = decoded_row(t, s.code, &d);
        if (row == 0 || !list_append(t, list, row)) {
            return 0;
        }
    }
    return list;
}

static Value opcode_exception_table(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    if (!check_code(t, args[0])) {
        return 0;
    }
    const Code *code = (Code *)value_object(args[0]);
    Value list = list_new(t, code->n_exc);
    for (uint32_t i = 0; list != 0 && i < code->n_exc; i++) {
        const ExcEntry *e = &code->exc_table[i];
        Value row = tuple_pack(t, 5, fixnum(e->start), fixnum(e->end), fixnum(e->target),
                               fixnum(e->reg), fixnum(e->depth));
        if (row == 0 || !list_append(t, list, row)) {
            return 0;
        }
    }
    return list;
}

static Value opcode_verify(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    return check_code(t, args[0]) && code_verify(t, args[0]) ? NONE : 0;
}

static Value opcode_stack_effect(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    int op;
    if (!value_to_int(t, args[0], &op)) {
        return 0;
    }
    if (op < 0 || op >= OP_CODE_COUNT) {
        return value_error(t, "invalid opcode or oparg");
    }
    return fixnum(0);
}

static Value opcode_specialization_stats(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                         Value kwnames UNUSED)
{
    return NONE;
}

static const NativeDef opcode_functions[] = {
    {"table()", opcode_table,
     "Rows (name, format, operand kinds, units, effect) of the opcode table.", 0},
    {"decode(code, /)", opcode_decode,
     "Rows (unit, next unit, opcode, a, b, c, x) of a code object or of bytes like co_code.", 0},
    {"exception_table(code, /)", opcode_exception_table,
     "Rows (start, end, target, register, depth).", 0},
    {"verify(code, /)", opcode_verify, "Raises ValueError when the code object is not well-formed.",
     0},
    {"stack_effect(opcode, oparg=None, /, *, jump=None)", opcode_stack_effect,
     "0: instructions work on registers.", 0},
    {"get_specialization_stats()", opcode_specialization_stats, "None: no statistics are kept.", 0},
    {0},
};

extern const ModuleDef module__opcode;
const ModuleDef module__opcode = {
    .name = "_opcode",
    .doc = "The opcode table and decoded instructions.",
    .functions = opcode_functions,
};
