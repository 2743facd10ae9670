/* The _zoneinfo module: the class ZoneInfo, in the place of zoneinfo/_zoneinfo.py.
 *
 * Finding and reading the file is left to zoneinfo._tzpath and zoneinfo._common.  A class hands out
 * one zone for a key as long as anybody has it: a WeakValueDictionary remembers them, that of a
 * subclass in its attribute _weak_cache.  The last few zones of ZoneInfo itself are kept alive by a
 * dict, the one used last at its end; two threads that move one at the same time do no harm.
 */
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/weakref.h"
#include "modules/_zoneinfo/zoneinfo.h"

enum { STRONG_ZONES = 8 };

typedef enum ZoneSource { FROM_KEY, FROM_CACHE, FROM_FILE } ZoneSource;

typedef struct Zone {
    Object head;
    Value key;         /* or NONE */
    Value file;        /* repr of the file it was read from, or NONE */
    Value table;       /* bytes: ZoneTable */
    Value values;      /* tuple, see zoneinfo.h */
    _Atomic int source; /* ZoneSource */
} Zone;

extern Type zone_type;

static Zone *as_zone(Value v)
{
    return (Zone *)value_object(v);
}

static void zone_trace(Object *self, Tracer *tr)
{
    Zone *z = (Zone *)self;
    const Value parts[] = {z->key, z->file, z->table, z->values};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        trace_value(tr, parts[i]);
    }
}

/* ---- making zones ---- */

static Value zone_from_data(Thread *t, Type *type, Value data, Value key, Value file)
{
    Value values = 0, table = data ? table_new(t, data, &values) : 0;
    Zone *z = table ? object_alloc_instance(t, type, 0) : NULL;
    if (z) {
        gc_init(&z->key, key);
        gc_init(&z->file, file);
        gc_init(&z->table, table);
        gc_init(&z->values, values);
        atomic_init(&z->source, is_none(file) ? FROM_KEY : FROM_FILE);
    }
    return object_value(z);
}

static Value load_data(Thread *t, Value file)
{
    Value load = import_attr(t, "zoneinfo._common", "load_data");
    return load ? call1(t, load, file) : 0;
}

static Value open_by_key(Thread *t, Value key)
{
    Value find = import_attr(t, "zoneinfo._tzpath", "find_tzfile"),
          path = find ? call1(t, find, key) : 0;
    if (!path) {
        return 0;
    }
    if (is_none(path)) {
        Value load = import_attr(t, "zoneinfo._common", "load_tzdata");
        return load ? call1(t, load, key) : 0;
    }
    Value open = import_attr(t, "_io", "open"), mode = str_from_cstr(t, "rb");
    return open && mode ? call2(t, open, path, mode) : 0;
}

static Value zone_by_key(Thread *t, Type *type, Value key)
{
    Value file = open_by_key(t, key);
    if (!file) {
        return 0;
    }
    Value zone = zone_from_data(t, type, load_data(t, file), key, NONE);
    Value exc = zone ? 0 : error_take(t);
    bool closed = call_method0(t, file, N(close)) != 0;
    if (exc) {
        error_clear(t);
        return raise_exception(t, exc);
    }
    return closed ? zone : 0;
}

/* ---- caches ---- */

static Value new_weak_cache(Thread *t)
{
    Value type = import_attr(t, "weakref", "WeakValueDictionary");
    return type ? call0(t, type) : 0;
}

static Value weak_cache(Thread *t, Type *type)
{
    return type == &zone_type ? value_load(interp_slot(t, INTERP_zoneinfo_weak))
                              : object_getattr_cstr(t, object_value(type), "_weak_cache");
}

/* cache.setdefault(key, zone) as one operation on cache.data, for a WeakValueDictionary: two
 * threads that ask for a new key at the same time get the same zone. */
static Value remember_zone(Thread *t, Value cache, Value key, Value zone)
{
    Value type = import_attr(t, "weakref", "WeakValueDictionary"), data, remove;
    if (!type || type != object_value(type_of(cache))) {
        return type ? call_method2(t, cache, intern_cstr(t, "setdefault"), key, zone) : 0;
    }
    if (!(data = object_getattr_cstr(t, cache, "data")) ||
        !(remove = object_getattr_cstr(t, cache, "_remove"))) {
        return 0;
    }
    Value reference = import_attr(t, "weakref", "KeyedRef"),
          ours = reference ? call3(t, reference, zone, remove, key) : 0;
    while (ours) {
        Value ref = value_is_dict_exact(data) ? dict_setdefault(t, data, key, ours)
                                              : type_error(t, "not a dict: %T", data);
        Value known = ref && value_isa(ref, &weakref_type) ? weakref_get(ref) : ref;
        if (known || !ref) {
            return known;
        }
        if (dict_del_if(t, data, key, ref) < 0) { /* it has died */
            return 0;
        }
    }
    return 0;
}

static Value strong_cache(Thread *t)
{
    return value_load(interp_slot(t, INTERP_zoneinfo_strong));
}

/* Puts the zone at the end of the strong cache. */
static bool keep_zone(Thread *t, Value key, Value zone)
{
    Value dict = strong_cache(t);
    if ((!dict_pop(t, dict, key) && error_pending(t)) || !dict_set(t, dict, key, zone)) {
        return false;
    }
    if (dict_len(dict) > STRONG_ZONES) {
        Value keys = dict_keys_list(t, dict);
        return keys &&
               (list_len(keys) <= STRONG_ZONES || dict_del(t, dict, list_get(keys, 0)) >= 0);
    }
    return true;
}

static Value zone_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("ZoneInfo(key)");
    Value a[1], zone = 0;
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    Value key = a[0];
    if (type == &zone_type) {
        zone = dict_get(t, strong_cache(t), key);
        if (error_pending(t)) {
            return 0;
        }
    }
    if (!zone) {
        Value cache = weak_cache(t, type);
        zone = cache ? call_method2(t, cache, N(get), key, NONE) : 0;
        if (zone && is_none(zone)) {
            zone = zone_by_key(t, type, key);
            zone = zone ? remember_zone(t, cache, key, zone) : 0;
            if (zone && value_isa(zone, &zone_type)) {
                atomic_store_explicit(&as_zone(zone)->source, FROM_CACHE, memory_order_relaxed);
            }
        }
    }
    return zone && (type != &zone_type || keep_zone(t, key, zone)) ? zone : 0;
}

static Value zone_no_cache(METHOD_ARGS)
{
    return zone_by_key(t, value_type(args[0]), args[1]);
}

static Value zone_from_file(METHOD_ARGS)
{
    Value key = args[2] ? args[2] : NONE, data = load_data(t, args[1]);
    Value file = data ? object_repr(t, args[1]) : 0;
    return file ? zone_from_data(t, value_type(args[0]), data, key, file) : 0;
}

static bool forget_key(Thread *t, Value weak, Value strong, Value key)
{
    return call_method2(t, weak, N(pop), key, NONE) &&
           (!strong || dict_pop(t, strong, key) || !error_pending(t));
}

static Value zone_clear_cache(METHOD_ARGS)
{
    Type *type = value_type(args[0]);
    Value weak = weak_cache(t, type), strong = type == &zone_type ? strong_cache(t) : 0;
    if (!weak) {
        return 0;
    }
    if (!args[1] || is_none(args[1])) {
        bool ok = call_method0(t, weak, N(clear)) && (!strong || dict_clear(t, strong));
        return ok ? NONE : 0;
    }
    Value iter = object_iter(t, args[1]), key;
    while (iter && (key = iter_next(t, iter)) != 0) {
        if (!forget_key(t, weak, strong, key)) {
            return 0;
        }
    }
    return error_pending(t) ? 0 : NONE;
}

static Value zone_init_subclass(METHOD_ARGS)
{
    Value cache = new_weak_cache(t), name = intern_cstr(t, "_weak_cache");
    return cache && name && object_setattr(t, args[0], name, cache) ? NONE : 0;
}

/* ---- what a zone tells ---- */

static bool int_attribute(Thread *t, Value v, const char *name, int *out)
{
    Value attr = object_getattr_cstr(t, v, name);
    return attr && value_to_int(t, attr, out);
}

/* A field of the type that holds at dt; None for no time in a zone with changes. */
static Value field_at(Thread *t, Value self, Value dt, int field)
{
    Zone *zone = as_zone(self);
    ZoneTable *z = (ZoneTable *)value_bytes(zone->table)->data;
    int kind = z->fixed ? z->after : -1;
    if (!is_none(dt)) {
        int64_t local;
        int year, fold;
        if (!table_seconds(t, dt, &local)) {
            return 0;
        }
        if (is_datetime(dt)) {
            year = as_date(dt)->year;
            fold = as_datetime(dt)->clock.fold;
        } else if (!int_attribute(t, dt, "year", &year) || !int_attribute(t, dt, "fold", &fold)) {
            return 0;
        }
        if (year < YEAR_MIN || year > YEAR_MAX) {
            return value_error(t, "year %d is out of range", year);
        }
        kind = table_find(z, local, year, fold != 0);
    }
    return kind < 0 ? NONE : tuple_get(zone->values, (size_t)kind * TYPE_FIELDS + (size_t)field);
}

static Value zone_utcoffset(METHOD_ARGS)
{
    return field_at(t, args[0], args[1], TYPE_UTCOFF);
}

static Value zone_dst(METHOD_ARGS)
{
    return field_at(t, args[0], args[1], TYPE_DST);
}

static Value zone_tzname(METHOD_ARGS)
{
    return field_at(t, args[0], args[1], TYPE_NAME);
}

/* The same time as the second of two equal ones. */
static Value with_fold(Thread *t, Value dt)
{
    if (type_of(dt) == &datetime_type) {
        const DateTime *d = as_datetime(dt);
        Clock clock = d->clock;
        clock.fold = 1;
        return datetime_new(t, &datetime_type,
                            (int[]){d->date.year, d->date.month, d->date.day}, &clock, d->tzinfo);
    }
    Value replace = object_getattr_cstr(t, dt, "replace"), name = intern_cstr(t, "fold"),
          keywords = replace && name ? tuple_pack(t, 1, name) : 0;
    return keywords ? call(t, replace, (Value[]){fixnum(1)}, 0, keywords) : 0;
}

static Value zone_fromutc(METHOD_ARGS)
{
    Value dt = args[1];
    if (!is_datetime(dt)) {
        return type_error(t, "fromutc: argument must be a datetime");
    }
    if (as_datetime(dt)->tzinfo != args[0]) {
        return value_error(t, "fromutc: dt.tzinfo is not self");
    }
    Zone *zone = as_zone(args[0]);
    ZoneTable *z = (ZoneTable *)value_bytes(zone->table)->data;
    int64_t utc;
    bool fold;
    if (!table_seconds(t, dt, &utc)) {
        return 0;
    }
    int kind = table_find_utc(z, utc, as_date(dt)->year, &fold);
    Value offset = tuple_get(zone->values, (size_t)kind * TYPE_FIELDS + TYPE_UTCOFF);
    Value local = number_binary(t, OP_ADD, dt, offset);
    return local && fold ? with_fold(t, local) : local;
}

static Value zone_repr(Thread *t, Value self)
{
    const Zone *z = as_zone(self);
    return is_none(z->key) ? str_format(t, "%s.from_file(%U)", type_of(self)->name, z->file)
                           : str_format(t, "%s(key=%R)", type_of(self)->name, z->key);
}

static Value zone_str(Thread *t, Value self)
{
    return is_none(as_zone(self)->key) ? zone_repr(t, self) : as_zone(self)->key;
}

/* ---- pickling ---- */

static Value zone_reduce(METHOD_ARGS)
{
    const Zone *z = as_zone(args[0]);
    int source = atomic_load_explicit(&z->source, memory_order_relaxed);
    if (source == FROM_FILE) {
        Value error = import_attr(t, "pickle", "PicklingError");
        return error ? raise_error(t, value_type(error),
                                   "Cannot pickle a ZoneInfo file from a file stream.")
                     : 0;
    }
    Value make = object_getattr_cstr(t, args[0], "_unpickle"),
          state = make ? tuple_pack(t, 2, z->key, fixnum(source == FROM_CACHE)) : 0;
    return state ? tuple_pack(t, 2, make, state) : 0;
}

static Value zone_unpickle(METHOD_ARGS)
{
    int cached = object_truth(t, args[2]);
    return cached < 0 ? 0
           : cached   ? call1(t, args[0], args[1])
                      : zone_by_key(t, value_type(args[0]), args[1]);
}

static const NativeDef zone_methods[] = {
    {"clear_cache(*, only_keys=None)", zone_clear_cache,
     "Forget the zones that have been handed out, or those of some keys.", NATIVE_CLASS},
    {"no_cache(key)", zone_no_cache, "A zone of its own, which no cache knows.", NATIVE_CLASS},
    {"from_file(fobj, /, key=None)", zone_from_file, "The zone that a binary file describes.",
     NATIVE_CLASS},
    {"utcoffset(dt, /)", zone_utcoffset, "Difference to UTC at a local time.", 0},
    {"dst(dt, /)", zone_dst, "What summer time adds at a local time.", 0},
    {"tzname(dt, /)", zone_tzname, "Abbreviation of the zone at a local time.", 0},
    {"fromutc(dt, /)", zone_fromutc, "Local time of a datetime in UTC.", 0},
    {"__reduce__()", zone_reduce, "What pickle makes it from again.", 0},
    {"_unpickle(key, from_cache, /)", zone_unpickle, "For pickle.", NATIVE_CLASS},
    {"__init_subclass__()", zone_init_subclass, "Gives a subclass its own cache.", NATIVE_CLASS},
    {0},
};

static const MemberDef zone_members[] = {
    {"key", MEMBER_VALUE, offsetof(Zone, key), true, "The name of the zone, or None."},
    {0},
};

Type zone_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "zoneinfo.ZoneInfo",
    .base = &tzinfo_type,
    .doc = "A time zone of the IANA database.",
    .size = sizeof(Zone),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .weakrefable = 1,
    .trace = zone_trace,
    .new = zone_new,
    .getattr = generic_getattr,
    .repr = zone_repr,
    .str = zone_str,
    .methods = zone_methods,
    .members = zone_members,
};

static bool zoneinfo_exec(Thread *t, Value mod)
{
    Value strong = dict_new(t), weak = strong ? new_weak_cache(t) : 0;
    if (!weak || !import_module(t, "_datetime")) {
        return false;
    }
    gc_store_root(interp_slot(t, INTERP_zoneinfo_strong), strong);
    gc_store_root(interp_slot(t, INTERP_zoneinfo_weak), weak);
    return module_add_type(t, mod, &zone_type);
}

extern const ModuleDef module__zoneinfo;
const ModuleDef module__zoneinfo = {
    .name = "_zoneinfo",
    .doc = "The class ZoneInfo.",
    .exec = zoneinfo_exec,
};
