/* What Python sees of a code object: co_* attributes, co_lines(), co_positions(), replace(), and
 * code(). */
#include "core/base/memory.h"
#include "core/bytecode/code.h"
#include "core/object/audit.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum {
    ATTR_ARGCOUNT,
    ATTR_POSONLY,
    ATTR_KWONLY,
    ATTR_NLOCALS,
    ATTR_STACKSIZE,
    ATTR_FLAGS,
    ATTR_FIRSTLINENO
};
enum {
    ATTR_CONSTS,
    ATTR_NAMES,
    ATTR_VARNAMES,
    ATTR_CELLVARS,
    ATTR_FREEVARS,
    ATTR_FILENAME,
    ATTR_NAME,
    ATTR_QUALNAME,
    ATTR_LINETABLE
};
enum { ATTR_CODE, ATTR_EXCTABLE, ATTR_LNOTAB };

static Value get_number(Thread *t UNUSED, Value self, void *which)
{
    Code *code = (Code *)value_object(self);
    const int64_t numbers[] = {code->argcount,   code->posonlyargcount, code->kwonlyargcount,
                               code->nlocals,    code->nregs,           code->flags,
                               code->firstlineno};
    return fixnum(numbers[(intptr_t)which]);
}

static Value get_object(Thread *t, Value self, void *which)
{
    Code *code = (Code *)value_object(self);
    if (!code_complete(t, code)) {
        return 0;
    }
    const Value objects[] = {code->consts_tuple, code->names_tuple, code->varnames,
                             code->cellvars,     code->freevars,    code->filename,
                             code->name,         code->qualname,    code->linetable};
    return objects[(intptr_t)which];
}

static Value get_bytes(Thread *t, Value self, void *which)
{
    Code *code = (Code *)value_object(self);
    if (!code_complete(t, code)) {
        return 0;
    }
    switch ((intptr_t)which) {
    case ATTR_CODE:
        return code_public_units(t, code);
    case ATTR_EXCTABLE:
        return bytes_new(t, code->exc_table, code->n_exc * sizeof(ExcEntry));
    default:
        return code_lnotab(t, code);
    }
}

#define NUMBER(name, which, doc) {name, get_number, NULL, doc, (void *)(intptr_t)(which)}
#define OBJECT(name, which, doc) {name, get_object, NULL, doc, (void *)(intptr_t)(which)}
#define BYTES(name, which, doc) {name, get_bytes, NULL, doc, (void *)(intptr_t)(which)}
const GetSetDef code_getset[] = {
    NUMBER("co_argcount", ATTR_ARGCOUNT, "number of positional parameters"),
    NUMBER("co_posonlyargcount", ATTR_POSONLY, "number of positional-only parameters"),
    NUMBER("co_kwonlyargcount", ATTR_KWONLY, "number of keyword-only parameters"),
    NUMBER("co_nlocals", ATTR_NLOCALS, "number of local variables"),
    NUMBER("co_stacksize", ATTR_STACKSIZE, "number of registers"),
    NUMBER("co_flags", ATTR_FLAGS, "CO_* bits"),
    NUMBER("co_firstlineno", ATTR_FIRSTLINENO, "first source line"),
    OBJECT("co_consts", ATTR_CONSTS, "constants"),
    OBJECT("co_names", ATTR_NAMES, "names used other than local variables"),
    OBJECT("co_varnames", ATTR_VARNAMES, "parameters and local variables"),
    OBJECT("co_cellvars", ATTR_CELLVARS, "variables that inner functions use"),
    OBJECT("co_freevars", ATTR_FREEVARS, "variables of outer functions"),
    OBJECT("co_filename", ATTR_FILENAME, "source file"),
    OBJECT("co_name", ATTR_NAME, "name of the function"),
    OBJECT("co_qualname", ATTR_QUALNAME, "qualified name of the function"),
    OBJECT("co_linetable", ATTR_LINETABLE, "packed source positions"),
    BYTES("co_code", ATTR_CODE, "instructions"),
    BYTES("_co_code_adaptive", ATTR_CODE, "instructions as they run"),
    BYTES("co_exceptiontable", ATTR_EXCTABLE, "packed exception handlers"),
    BYTES("co_lnotab", ATTR_LNOTAB, "line numbers as (offset, line) steps"),
    {0},
};

static Value co_lines_method(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    Code *code = (Code *)value_object(args[0]);
    Value list = code_complete(t, code) ? code_lines(t, code) : 0;
    return list == 0 ? 0 : object_iter(t, list);
}

static Value number_or_none(int32_t v)
{
    return v >= 0 ? fixnum(v) : NONE;
}

static Value co_positions_method(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    Code *code = (Code *)value_object(args[0]);
    Value list = code_complete(t, code) ? list_new(t, code->n_instrs) : 0;
    if (list == 0 || value_bytes(code->linetable)->len == 0) {
        return list == 0 ? 0 : object_iter(t, list);
    }
    Position *all = mem_alloc((code->n_instrs + 1) * sizeof *all);
    if (all == NULL) {
        return raise_memory(t);
    }
    code_positions(code, all);
    for (uint32_t i = 0; i < code->n_instrs; i++) {
        Position p = all[i];
        if (runtime.config.no_debug_ranges) {
            p.end_line = p.line;
            p.col = p.end_col = -1;
        }
        Value item = tuple_pack(t, 4, number_or_none(p.line), number_or_none(p.end_line),
                                number_or_none(p.col), number_or_none(p.end_col));
        if (item == 0 || !list_append(t, list, item)) {
            mem_free(all);
            return 0;
        }
    }
    mem_free(all);
    return object_iter(t, list);
}

/* ---- replace() and code() ---- */

/* Parameters of replace() in the order of its signature; args[0] is the code object, or 0 for
 * code(). */
enum {
    R_SELF,
    R_ARGCOUNT,
    R_POSONLY,
    R_KWONLY,
    R_NLOCALS,
    R_STACKSIZE,
    R_FLAGS,
    R_FIRSTLINENO,
    R_CODE,
    R_CONSTS,
    R_NAMES,
    R_VARNAMES,
    R_FREEVARS,
    R_CELLVARS,
    R_FILENAME,
    R_NAME,
    R_QUALNAME,
    R_LINETABLE,
    R_EXCTABLE,
    R_COUNT
};
/* The same in the order of code(). */
static const uint8_t constructor_order[] = {
    R_ARGCOUNT, R_POSONLY,  R_KWONLY,    R_NLOCALS,   R_STACKSIZE, R_FLAGS,
    R_CODE,     R_CONSTS,   R_NAMES,     R_VARNAMES,  R_FILENAME,  R_NAME,
    R_QUALNAME, R_FIRSTLINENO, R_LINETABLE, R_EXCTABLE, R_FREEVARS, R_CELLVARS};

static const struct {
    uint8_t at;
    const char *name;
    size_t offset;
} counts[] = {
    {R_ARGCOUNT, "argcount", offsetof(CodeSpec, argcount)},
    {R_POSONLY, "posonlyargcount", offsetof(CodeSpec, posonlyargcount)},
    {R_KWONLY, "kwonlyargcount", offsetof(CodeSpec, kwonlyargcount)},
    {R_STACKSIZE, "stacksize", offsetof(CodeSpec, nregs)},
};
enum { IN_NO_FIELD = SIZE_MAX }; /* co_code and co_exceptiontable become arrays */
static const struct {
    uint8_t at;
    Type *type;
    const char *name;
    size_t offset;
} parts[] = {
    {R_CODE, &bytes_type, "co_code", IN_NO_FIELD},
    {R_CONSTS, &tuple_type, "co_consts", offsetof(CodeSpec, consts)},
    {R_NAMES, &tuple_type, "co_names", offsetof(CodeSpec, names)},
    {R_VARNAMES, &tuple_type, "co_varnames", offsetof(CodeSpec, varnames)},
    {R_FREEVARS, &tuple_type, "co_freevars", offsetof(CodeSpec, freevars)},
    {R_CELLVARS, &tuple_type, "co_cellvars", offsetof(CodeSpec, cellvars)},
    {R_FILENAME, &str_type, "co_filename", offsetof(CodeSpec, filename)},
    {R_NAME, &str_type, "co_name", offsetof(CodeSpec, name)},
    {R_QUALNAME, &str_type, "co_qualname", offsetof(CodeSpec, qualname)},
    {R_LINETABLE, &bytes_type, "co_linetable", offsetof(CodeSpec, linetable)},
    {R_EXCTABLE, &bytes_type, "co_exceptiontable", IN_NO_FIELD},
};

static bool take_count(Thread *t, const Value *args, size_t which, CodeSpec *s)
{
    Value v = args[counts[which].at];
    int number;
    if (v == 0) {
        return true;
    }
    if (!value_to_int(t, v, &number)) {
        return false;
    }
    if (number < 0) {
        value_error(t, args[R_SELF] ? "co_%s must be a positive integer"
                                    : "code: %s must not be negative", counts[which].name);
        return false;
    }
    if (number > UINT16_MAX) {
        value_error(t, "code: %s is too large", counts[which].name);
        return false;
    }
    *(uint16_t *)((char *)s + counts[which].offset) = (uint16_t)number;
    return true;
}

static int constructor_position(unsigned parameter)
{
    int i = 0;
    while (constructor_order[i] != parameter) {
        i++;
    }
    return i + 1;
}

static bool take_part(Thread *t, const Value *args, size_t which, CodeSpec *s)
{
    Value v = args[parts[which].at];
    if (v == 0) {
        return true;
    }
    if (!value_isa(v, parts[which].type)) {
        if (args[R_SELF]) {
            type_error(t, "replace() argument '%s' must be %N, not %T", parts[which].name,
                       parts[which].type, v);
        } else {
            type_error(t, "code() argument %d must be %N, not %T",
                       constructor_position(parts[which].at), parts[which].type, v);
        }
        return false;
    }
    bool is_names = parts[which].type == &tuple_type && parts[which].at != R_CONSTS;
    for (size_t i = 0; is_names && i < tuple_len(v); i++) {
        if (!value_is_str(tuple_get(v, i))) {
            type_error(t, "name tuples must contain only strings, not '%T'", tuple_get(v, i));
            return false;
        }
    }
    if (parts[which].offset != IN_NO_FIELD) {
        *(Value *)((char *)s + parts[which].offset) = v;
    }
    return true;
}

/* Instructions mean the names and constants by their indices, so they are taken again when only
 * those change. */
static bool take_instructions(Thread *t, const Value *args, CodeSpec *s)
{
    Value code = args[R_CODE], exc = args[R_EXCTABLE];
    if ((code != 0 && value_bytes(code)->len % sizeof(Instr) != 0) ||
        (exc != 0 && value_bytes(exc)->len % sizeof(ExcEntry) != 0)) {
        value_error(t, "code: co_code is malformed");
        return false;
    }
    if (exc != 0) {
        s->exc_table = (const ExcEntry *)value_bytes(exc)->data;
        s->n_exc = (uint32_t)(value_bytes(exc)->len / sizeof(ExcEntry));
    }
    if (code == 0 && (args[R_NAMES] != 0 || args[R_CONSTS] != 0)) {
        code = code_public_units(t, (Code *)value_object(args[R_SELF]));
        if (code == 0) {
            return false;
        }
    }
    return code == 0 || code_take_units(t, code, s);
}

/* Changes spec by what is there of args. */
static bool take_arguments(Thread *t, const Value *args, CodeSpec *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        if (!take_count(t, args, i, s)) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (!take_part(t, args, i, s)) {
            return false;
        }
    }
    int flags = (int)s->flags, nlocals = (int)tuple_len(s->varnames);
    if (!take_instructions(t, args, s) ||
        (args[R_FLAGS] != 0 && !value_to_int(t, args[R_FLAGS], &flags)) ||
        (args[R_FIRSTLINENO] != 0 && !value_to_int(t, args[R_FIRSTLINENO], &s->firstlineno)) ||
        (args[R_NLOCALS] != 0 && !value_to_int(t, args[R_NLOCALS], &nlocals))) {
        return false;
    }
    s->flags = (uint32_t)flags;
    if (nlocals < 0 || (size_t)nlocals != tuple_len(s->varnames)) {
        value_error(t, "code: co_nlocals != len(co_varnames)");
        return false;
    }
    return true;
}

static bool audit_new_code(Thread *t, const CodeSpec *s)
{
    return AUDIT(t, "code.__new__", 9, bytes_new(t, s->instrs, s->n_instrs * sizeof *s->instrs),
                 s->filename, s->name, fixnum(s->argcount), fixnum(s->posonlyargcount),
                 fixnum(s->kwonlyargcount), fixnum((int64_t)tuple_len(s->varnames)),
                 fixnum(s->nregs), fixnum(s->flags));
}

/* The code object that spec describes after args have changed it; frees spec. */
static Value code_made(Thread *t, const Value *args, CodeSpec *spec)
{
    Value result = !take_arguments(t, args, spec) || !audit_new_code(t, spec) ? 0
                   : spec->n_instrs                 ? code_new(t, spec)
                                                    : code_new_hollow(t, spec);
    code_spec_free(spec);
    return result != 0 && code_verify(t, result) ? result : 0;
}

static Value code_replace_method(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    CodeSpec spec;
    return code_spec(t, (Code *)value_object(args[R_SELF]), &spec) ? code_made(t, args, &spec) : 0;
}

Value code_from_arguments(Thread *t, const Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE(CODE_SIGNATURE);
    Value given[ARRAY_SIZE(constructor_order)], ordered[R_COUNT] = {0};
    if (!args_bind(t, &sig, args, n, kwnames, given)) {
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(constructor_order); i++) {
        ordered[constructor_order[i]] = given[i];
    }
    Value none = tuple_empty();
    CodeSpec spec = {.varnames = none, .freevars = none, .cellvars = none};
    return code_made(t, ordered, &spec);
}

static Value varname_method(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    Code *code = (Code *)value_object(args[0]);
    if (!code_complete(t, code)) {
        return 0;
    }
    const Value groups[] = {code->varnames, code->cellvars, code->freevars};
    int index;
    if (!value_to_int(t, args[1], &index)) {
        return 0;
    }
    size_t at = (size_t)index;
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (at < tuple_len(groups[i])) {
            return tuple_get(groups[i], at);
        }
        at -= tuple_len(groups[i]);
    }
    return index_error(t, "tuple index out of range");
}

static Value code_disassemble_method(Thread *t, Value *args, size_t n UNUSED, Value kwnames UNUSED)
{
    return code_disassemble(t, args[0]);
}

const NativeDef code_methods[] = {
    {"co_lines()", co_lines_method, "Iterator of (start offset, end offset, line number or None).",
     0},
    {"co_positions()", co_positions_method,
     "Iterator of (line, end line, column, end column), one per unit.", 0},
    {"_varname_from_oparg(oparg)", varname_method, "Name of a local variable by its register.", 0},
    {"_disassemble()", code_disassemble_method, "Text of the instructions.", 0},
    {"replace(*, co_argcount=-1, co_posonlyargcount=-1, co_kwonlyargcount=-1, co_nlocals=-1, "
     "co_stacksize=-1, "
     "co_flags=-1, co_firstlineno=-1, co_code=None, co_consts=None, co_names=None, "
     "co_varnames=None, "
     "co_freevars=None, co_cellvars=None, co_filename=None, co_name=None, co_qualname=None, "
     "co_linetable=None, "
     "co_exceptiontable=None)",
     code_replace_method, "A copy with some attributes changed.", 0},
    {0},
};
