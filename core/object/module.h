/* module objects and the definition of built-in C modules. */
#ifndef CORE_OBJECT_MODULE_H
#define CORE_OBJECT_MODULE_H

#include "core/object/native.h"

typedef struct Module { Object head; Value dict; const struct ModuleDef *def; void *state; } Module;
extern Type module_type;

/* One built-in C module: modules/<name>.c defines `const ModuleDef module_<name>`;
 * modules/modules.def lists them. */
typedef struct ModuleDef {
    const char *name;
    const char *doc;
    const NativeDef *functions;         /* end: sig == NULL; or NULL */
    bool (*exec)(Thread *t, Value mod); /* adds types and constants; or NULL; false: raised */
} ModuleDef;

Value module_new(Thread *t, Value name);
/* With room for n attributes besides those that every module has. */
Value module_new_sized(Thread *t, Value name, size_t n);
Value module_from_def(Thread *t, const ModuleDef *def); /* created, functions added, exec not run */
static inline Value module_dict(Value m) { return ((Module *)value_object(m))->dict; }
/* v == 0: passes the error on */
NODISCARD bool module_add(Thread *t, Value mod, const char *name, Value v);
NODISCARD bool module_add_int(Thread *t, Value mod, const char *name, int64_t v);
typedef struct IntConstant { const char *name; int64_t value; } IntConstant;
NODISCARD bool module_add_ints(Thread *t, Value mod, const IntConstant *constants, size_t n);
NODISCARD bool module_add_str(Thread *t, Value mod, const char *name, const char *utf8);
/* readies it; name = last part of type->name */
NODISCARD bool module_add_type(Thread *t, Value mod, Type *type);
/* through runtime.import_module */
Value import_module(Thread *t, const char *dotted_name);
Value import_attr(Thread *t, const char *dotted_name, const char *attr);

/* struct sequences (os.stat_result, time.struct_time, sys.flags ...): tuple subclasses with named
 * fields. */
typedef struct StructSeqField {
    const char *name;             /* "": none */
    const char *doc;              /* or NULL */
} StructSeqField;
typedef struct StructSeqDef {
    const char *name;             /* "os.stat_result" */
    const char *doc;
    const StructSeqField *fields; /* end: name == NULL */
    int n_sequence;               /* visible length as a tuple */
} StructSeqDef;
Value structseq_type_new(Thread *t, const StructSeqDef *def);
/* The same in memory of the caller's that stays. */
NODISCARD bool structseq_type_init(Thread *t, Type *type, const StructSeqDef *def);
/* Makes the type unless *type, which becomes a root, is there already, and puts it into the module
 * by the last part of its name. */
NODISCARD bool module_add_structseq(Thread *t, Value mod, const StructSeqDef *def, Value *type);
/* to be filled: all n fields are tuple items storage */
Value structseq_new(Thread *t, Value type);
void structseq_set(Value seq, int i, Value v);
/* Filled: fields has as many values as the type has fields.  0: raised, maybe by whoever made a
 * field that is 0. */
NODISCARD Value structseq_pack(Thread *t, Value type, const Value *fields);

#endif
