/* _decimal: Decimal and Context in C.
 *
 * The arithmetic (number.h): big.c, digits.c coefficients; round.c, arith.c, divide.c, compare.c,
 * exponent.c, logical.c, transcendental.c, power.c; parse.c text.
 * The objects (decimal.h): object.c, run.c, type.c, methods.c, convert.c, text.c, format.c Decimal;
 * context.c, context_methods.c, signals.c Context and the exceptions.
 */
#include "core/object/dict.h"
#include "modules/_decimal/decimal.h"

static Value tuple_class;

Value decimal_tuple_class(void) { return tuple_class; }

/* collections.namedtuple("DecimalTuple", ..., module="decimal") */
static Value make_tuple_class(Thread *t)
{
    Value namedtuple = import_attr(t, "collections", "namedtuple");
    Value arguments = namedtuple ? tuple_pack(t, 2, str_from_cstr(t, "DecimalTuple"),
                                              str_from_cstr(t, "sign digits exponent"))
                                 : 0;
    Value keywords = arguments ? dict_new(t) : 0;
    return keywords && dict_set_cstr(t, keywords, "module", str_from_cstr(t, "decimal"))
               ? call_tuple(t, namedtuple, arguments, keywords)
               : 0;
}

bool tuple_class_init(Thread *t, Value mod)
{
    if (!tuple_class) {
        gc_add_root(&tuple_class);
        tuple_class = make_tuple_class(t);
    }
    return module_add(t, mod, "DecimalTuple", tuple_class);
}

/* isinstance(Decimal(1), numbers.Number) */
static bool register_number(Thread *t)
{
    Value number = import_attr(t, "numbers", "Number");
    Value method = number ? object_getattr_cstr(t, number, "register") : 0;
    return method && call1(t, method, object_value(&decimal_type));
}

static bool add_constants(Thread *t, Value mod)
{
    static const IntConstant limits[] = {
        {"MAX_PREC", DEC_MAX_PREC},
        {"MAX_EMAX", DEC_MAX_EMAX},
        {"MIN_EMIN", DEC_MIN_EMIN},
        {"MIN_ETINY", DEC_MIN_ETINY},
    };
    return module_add_ints(t, mod, limits, ARRAY_SIZE(limits)) &&
           module_add(t, mod, "HAVE_THREADS", TRUE_VALUE) &&
           module_add(t, mod, "HAVE_CONTEXTVAR", TRUE_VALUE) &&
           module_add_str(t, mod, "__version__", "1.70") &&
           module_add_str(t, mod, "__libmpdec_version__", "2.5.1");
}

static bool decimal_exec(Thread *t, Value mod)
{
    big_tables_init();
    return module_add_type(t, mod, &decimal_type) && signals_init(t, mod) &&
           contexts_init(t, mod) && tuple_class_init(t, mod) && register_number(t) &&
           add_constants(t, mod);
}

static const NativeDef decimal_functions[] = {
    {"getcontext()", decimal_getcontext, "The context of the running thread.", 0},
    {"setcontext(context, /)", decimal_setcontext, "Makes a context that of the running thread.",
     0},
    {"localcontext(ctx=None, **kwargs)", decimal_localcontext,
     "A context manager: a copy of the context, the current one by default, for a with statement.",
     0},
    {0},
};

extern const ModuleDef module__decimal;
const ModuleDef module__decimal = {
    .name = "_decimal",
    .doc = "C decimal arithmetic module",
    .functions = decimal_functions,
    .exec = decimal_exec,
};
