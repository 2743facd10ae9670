/* The marshal module: front end of importer/marshal_*.c. */
#include "core/object/audit.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/module.h"
#include "importer/importer.h"

static bool version_arg(Thread *t, Value v, int *version)
{
    *version = 4;
    return !v || value_to_int(t, v, version);
}

static Value marshal_dumps_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int version;
    return version_arg(t, args[1], &version) &&
                   AUDIT(t, "marshal.dumps", 2, args[0], fixnum(version))
               ? marshal_dumps(t, args[0], version) : 0;
}

static Value marshal_dump_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int version;
    Value data = version_arg(t, args[2], &version) &&
                         AUDIT(t, "marshal.dumps", 2, args[0], fixnum(version))
                     ? marshal_dumps(t, args[0], version) : 0;
    return data ? call_method1(t, args[1], N(write), data) : 0;
}

static Value marshal_loads_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Buffer view;
    if (!AUDIT(t, "marshal.loads", 1, args[0]) || !buffer_get_still(t, args[0], &view)) {
        return 0;
    }
    Value v = marshal_loads(t, view.buf, (size_t)view.len);
    buffer_release(t, &view);
    return v;
}

static Value marshal_load_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value none = AUDIT(t, "marshal.load", 0) ? call_method1(t, args[0], N(read), fixnum(0)) : 0;
    if (none && !value_is_bytes(none)) {
        return type_error(t, "file.read() returned not bytes but %T", none);
    }
    return none ? marshal_load(t, args[0]) : 0;
}

static const NativeDef marshal_functions[] = {
    {"dump(value, file, version=4, /)", marshal_dump_fn, "Write the value on the open file.", 0},
    {"load(file, /)", marshal_load_fn, "Read one value from the open file.", 0},
    {"dumps(value, version=4, /)", marshal_dumps_fn, "Return the bytes that dump() would write.",
     0},
    {"loads(bytes, /)", marshal_loads_fn, "Convert a bytes-like object to a value.", 0},
    {0},
};

static bool marshal_exec(Thread *t, Value mod)
{
    return module_add_int(t, mod, "version", 4);
}

const ModuleDef module_marshal = {
    "marshal", "Python values in a byte format of their own, for bytecode files.",
    marshal_functions, marshal_exec};
