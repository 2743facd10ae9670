/* _symtable: the compiler's symbol tables, for symtable.py. */
#include "core/compile/compile.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "modules/builtins.h"
#include "core/object/buffer.h"

typedef struct SymtableEntry {
    Object head;
    Value id, name, symbols, varnames, children;
    int type, nested, lineno;
} SymtableEntry;
extern Type symtable_entry_type;

static void symtable_entry_trace(Object *self, Tracer *tr)
{
    SymtableEntry *e = (SymtableEntry *)self;
    trace_value(tr, e->id);
    trace_value(tr, e->name);
    trace_value(tr, e->symbols);
    trace_value(tr, e->varnames);
    trace_value(tr, e->children);
}

static Value symtable_entry_repr(Thread *t, Value self)
{
    SymtableEntry *e = (SymtableEntry *)value_object(self);
    return str_format(t, "<symtable entry %U(%S), line %d>", e->name, e->id, e->lineno);
}

static const MemberDef symtable_entry_members[] = {
    {"id", MEMBER_VALUE, offsetof(SymtableEntry, id), true, "number of the scope"},
    {"name", MEMBER_VALUE, offsetof(SymtableEntry, name), true, NULL},
    {"symbols", MEMBER_VALUE, offsetof(SymtableEntry, symbols), true, "flags by name"},
    {"varnames", MEMBER_VALUE, offsetof(SymtableEntry, varnames), true, "parameters"},
    {"children", MEMBER_VALUE, offsetof(SymtableEntry, children), true, NULL},
    {"nested", MEMBER_INT, offsetof(SymtableEntry, nested), true, "inside a function"},
    {"type", MEMBER_INT, offsetof(SymtableEntry, type), true, NULL},
    {"lineno", MEMBER_INT, offsetof(SymtableEntry, lineno), true, NULL},
    {NULL, 0, 0, false, NULL},
};

Type symtable_entry_type = {
    .head = OBJECT_STATIC_HEAD(&type_type), .name = "symtable entry", .size = sizeof(SymtableEntry),
    .flags = TYPE_NO_INSTANTIATE, .trace = symtable_entry_trace, .repr = symtable_entry_repr,
    .members = symtable_entry_members,
};

static Value make_entry(Thread *t, const SymtableRow *row)
{
    SymtableEntry *e = object_alloc(t, &symtable_entry_type, sizeof *e);
    Value id = int_from_uint64(t, row->id);
    if (e == NULL || id == 0) {
        return 0;
    }
    gc_init(&e->id, id);
    gc_init(&e->name, row->name);
    gc_init(&e->symbols, row->symbols);
    gc_init(&e->varnames, row->varnames);
    gc_init(&e->children, row->children);
    e->type = row->type;
    e->nested = row->nested;
    e->lineno = row->lineno;
    return object_value(e);
}

static Value symtable_symtable(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value filename = source_filename(t, args[1]);
    if (filename == 0) {
        return 0;
    }
    if (!value_is_str(args[2])) {
        return type_error(t, "symtable() argument 3 must be str, not %T", args[2]);
    }
    const char *mode = str_utf8(t, args[2], NULL);
    if (mode == NULL) {
        return 0;
    }
    if (strcmp(mode, "exec") != 0 && strcmp(mode, "eval") != 0 && strcmp(mode, "single") != 0) {
        return value_error(t, "symtable() arg 3 must be 'exec' or 'eval' or 'single'");
    }
    if (!value_is_str(args[0]) && !value_has_buffer(args[0])) {
        return type_error(t, "symtable() arg 1 must be a string or bytes object");
    }
    return compile_symtable(t, args[0], filename, mode, make_entry);
}

static const NativeDef symtable_functions[] = {
    {"symtable(source, filename, startstr, /)", symtable_symtable,
     "The symbol table that the compiler makes for a source, as an entry with children.", 0},
    {NULL, NULL, NULL, 0},
};

static bool symtable_exec(Thread *t, Value mod)
{
    static const IntConstant constants[] = {
        {"DEF_GLOBAL", 1},  {"DEF_LOCAL", 2},   {"DEF_PARAM", 4},       {"DEF_NONLOCAL", 8},
        {"USE", 16},        {"DEF_FREE", 32},   {"DEF_FREE_CLASS", 64}, {"DEF_IMPORT", 128},
        {"DEF_ANNOT", 256}, {"DEF_BOUND", 134}, {"TYPE_FUNCTION", 0},   {"TYPE_CLASS", 1},
        {"TYPE_MODULE", 2}, {"LOCAL", 1},       {"GLOBAL_EXPLICIT", 2}, {"GLOBAL_IMPLICIT", 3},
        {"FREE", 4},        {"CELL", 5},        {"SCOPE_OFF", 11},      {"SCOPE_MASK", 15},
    };
    if (!module_add_ints(t, mod, constants, ARRAY_SIZE(constants))) {
        return false;
    }
    return type_ready(t, &symtable_entry_type);
}

extern const ModuleDef module__symtable;
const ModuleDef module__symtable = {
    .name = "_symtable", .functions = symtable_functions, .exec = symtable_exec,
};
