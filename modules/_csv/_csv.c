/* The module _csv: dialects by name, reader(), writer(). */
#include "core/object/dict.h"
#include "core/object/int.h"
#include "modules/_csv/csv.h"

Value csv_error;

static Value dialects(Thread *t)
{
    return value_load(interp_slot(t, INTERP_csv_dialects));
}
_Atomic int64_t csv_field_limit = 128 * 1024;

Value csv_raise(Thread *t, const char *text) { return raise(t, value_type(csv_error), "%s", text); }

Value csv_get_dialect(Thread *t, Value name)
{
    Value d = dict_get(t, dialects(t), name);
    return d || t->exc ? d : csv_raise(t, "unknown dialect");
}

NATIVE_FN(csv_get) { return csv_get_dialect(t, args[0]); }
NATIVE_FN(csv_list) { return dict_keys_list(t, dialects(t)); }

static Value csv_register(Thread *t, Value *args, size_t n, Value kwnames)
{
    if (!args_count(t, "", n, 1, 2)) {
        return 0;
    }
    if (!value_is_str(args[0])) {
        return type_error(t, "dialect name must be a string");
    }
    Value d = csv_dialect(t, args + 1, n - 1, kwnames);
    return d && dict_set(t, dialects(t), args[0], d) ? NONE : 0;
}

NATIVE_FN(csv_unregister)
{
    int gone = dict_del(t, dialects(t), args[0]);
    return gone > 0 ? NONE : gone < 0 ? 0 : csv_raise(t, "unknown dialect");
}

NATIVE_FN(csv_limit)
{
    int64_t old = csv_field_limit, limit;
    if (args[0]) {
        if (!value_is_int_exact(args[0])) {
            return type_error(t, "limit must be an integer");
        }
        if (!value_to_int64(t, args[0], &limit)) {
            return 0;
        }
        csv_field_limit = limit;
    }
    return int_from_int64(t, old);
}

static const NativeDef csv_functions[] = {
    {"reader", csv_reader,
     "reader(iterable[, dialect='excel'][, optional keyword args])\n\n"
     "Return an iterator over the rows of the lines that iterable gives.  The keywords are options "
     "of the dialect.",
     NATIVE_RAW | NATIVE_KW},
    {"writer", csv_writer,
     "writer(fileobj[, dialect='excel'][, optional keyword args])\n\n"
     "Return an object that writes rows through fileobj.write().  The keywords are options of the "
     "dialect.",
     NATIVE_RAW | NATIVE_KW},
    {"register_dialect", csv_register,
     "register_dialect(name[, dialect][, **fmtparams])\n\nGive a dialect a name.",
     NATIVE_RAW | NATIVE_KW},
    {"unregister_dialect(name)", csv_unregister, "Forget the name of a dialect.", 0},
    {"get_dialect(name)", csv_get, "Return the dialect with a name.", 0},
    {"list_dialects()", csv_list, "Return a list of the names of dialects.", 0},
    {"field_size_limit(limit=None, /)", csv_limit,
     "Set the limit of the length of fields when one is given; return the old one.", 0},
    {NULL, NULL, NULL, 0},
};

static bool csv_exec(Thread *t, Value mod)
{
    if (!csv_error) {
        gc_add_root(&csv_error);
        csv_error = type_new_simple(t, "_csv.Error", &exc_Exception, NULL);
    }
    Value own_dialects = dict_new(t);
    if (!csv_error || !own_dialects) {
        return false;
    }
    gc_store_root(interp_slot(t, INTERP_csv_dialects), own_dialects);
    static const IntConstant quoting[] = {
        {"QUOTE_MINIMAL", CSV_QUOTE_MINIMAL}, {"QUOTE_ALL", CSV_QUOTE_ALL},
        {"QUOTE_NONNUMERIC", CSV_QUOTE_NONNUMERIC}, {"QUOTE_NONE", CSV_QUOTE_NONE}};
    if (!module_add_ints(t, mod, quoting, ARRAY_SIZE(quoting))) {
        return false;
    }
    return csv_error && module_add(t, mod, "Error", csv_error) &&
           module_add(t, mod, "_dialects", own_dialects) &&
           module_add_str(t, mod, "__version__", "1.0") && type_ready(t, &csv_reader_type) &&
           type_ready(t, &csv_writer_type) &&
           module_add(t, mod, "Reader", object_value(&csv_reader_type)) &&
           module_add(t, mod, "Writer", object_value(&csv_writer_type)) &&
           module_add_type(t, mod, &csv_dialect_type);
}

extern const ModuleDef module__csv;
const ModuleDef module__csv = {.name = "_csv",
                               .doc = "CSV parsing and writing.\n",
                               .functions = csv_functions,
                               .exec = csv_exec};
