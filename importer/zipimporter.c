/* zipimporter: which archive a path means, modules in it and their code. */
#include "importer/zipimporter.h"

#include <string.h>
#include <time.h>

#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "importer/code_cache.h"
#include "importer/importer.h"
#include "importer/pyc.h"
#include "importer/zipimporter_internal.h"

/* ---- the archive of a path ---- */

Value zipimporter_cache(Thread *t)
{
    Value cache = dict_get_cstr(t, t->interp->extra, "zip_directory_cache");
    if (!cache && !t->exc) {
        Value fresh = dict_new(t), name = intern_cstr(t, "zip_directory_cache");
        cache = fresh && name ? dict_setdefault(t, t->interp->extra, name, fresh) : 0;
    }
    return cache;
}

Value zip_directory(Thread *t, Value path)
{
    Value cache = zipimporter_cache(t), found = cache ? dict_get(t, cache, path) : 0;
    if (!cache || t->exc || (found && type_of(found) == &archive_type)) {
        return t->exc ? 0 : found;
    }
    Archive *a = archive_open(t, path);
    return a && dict_set(t, cache, path, object_value(a)) ? object_value(a) : 0;
}

/* Cuts the last part of the path off until a file is there; *rest: what was cut off, and a slash.
 * 0: no such file. */
static Value split_path(Thread *t, Value path, Value *rest)
{
    size_t n = str_len(path), end = n;
    struct stat st;
    for (;;) {
        Value front = str_substring(t, path, 0, end);
        const char *name = front ? str_fs_path(t, front) : NULL;
        bool exists = name && stat(name, &st) == 0;
        error_clear(t);
        if (exists) {
            while (n > end && str_get(value_str(path), n - 1) == '/') {
                n--;
            }
            *rest = end == n ? str_from_ascii(t, "", 0)
                             : str_format(t, "%U/", str_substring(t, path, end + 1, n));
            return *rest && S_ISREG(st.st_mode) ? front : 0;
        }
        while (end > 0 && str_get(value_str(path), end - 1) != '/') {
            end--;
        }
        if (end == 0 || --end == 0) {
            return 0;
        }
    }
}

static bool zipimporter_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("zipimporter(path)");
    ZipImporter *z = (ZipImporter *)value_object(self);
    Value path, prefix = 0;
    if (!args_bind(t, &sig, args, n, kw, &path)) {
        return false;
    }
    if (!value_is_str(path)) {
        type_error(t, "expected str, not %R", object_value(type_of(path)));
        return false;
    }
    if (str_len(path) == 0) {
        archive_error(t, path, "archive path is empty");
        return false;
    }
    Value archive = split_path(t, path, &prefix);
    if (!archive) {
        if (!t->exc) {
            archive_error(t, path, "not a Zip file");
        }
        return false;
    }
    Value directory = zip_directory(t, archive);
    if (!directory) {
        return false;
    }
    gc_store(z, &z->archive, archive);
    gc_store(z, &z->prefix, prefix);
    gc_store(z, &z->directory, directory);
    return true;
}

/* ---- what the archive has ---- */

/* How a module's member may end, in the order of search. */
static const struct { const char *ending; bool bytecode, package; } endings[] = {
    {"/__init__.pyc", true, true},
    {"/__init__.py", false, true},
    {".pyc", true, false},
    {".py", false, false},
};

ZipImporter *zip_opened(Thread *t, Value self)
{
    ZipImporter *z = (ZipImporter *)value_object(self);
    if (!value_load(&z->directory)) {
        attribute_error(t, self, intern_cstr(t, "_files"));
        return NULL;
    }
    return z;
}

Archive *zip_archive(const ZipImporter *z)
{
    Value directory = value_load(&z->directory);
    return type_of(directory) == &archive_type ? (Archive *)value_object(directory) : NULL;
}

/* prefix + name + ending; longer names are those of no module. */
typedef struct MemberName { char text[4096]; size_t len; } MemberName;

static bool name_add(MemberName *m, const char *p, size_t n)
{
    if (!p || n > sizeof m->text - m->len) {
        return false;
    }
    memcpy(m->text + m->len, p, n);
    m->len += n;
    return true;
}

/* The path in the archive of what the name's last part names. */
static bool name_start(Thread *t, const ZipImporter *z, Value name, MemberName *m)
{
    size_t n_prefix = 0, n_name = 0;
    const char *prefix = str_utf8(t, z->prefix, &n_prefix),
               *whole = prefix ? str_utf8(t, name, &n_name) : NULL;
    const char *dot = whole ? memrchr(whole, '.', n_name) : NULL, *tail = dot ? dot + 1 : whole;
    error_clear(t);
    m->len = 0;
    return name_add(m, prefix, n_prefix) &&
           name_add(m, tail, tail ? n_name - (size_t)(tail - whole) : 0);
}

static const Member *find_with(const Archive *a, const MemberName *start, const char *ending)
{
    MemberName m;
    m.len = 0;
    return name_add(&m, start->text, start->len) && name_add(&m, ending, strlen(ending))
               ? archive_find(a, m.text, m.len)
               : NULL;
}

const Member *zip_find_module(Thread *t, ZipImporter *z, Value name, const char **ending,
                              bool *package)
{
    const Archive *a = zip_archive(z);
    MemberName start;
    const Member *m = NULL;
    if (a && name_start(t, z, name, &start)) {
        for (size_t i = 0; !m && i < ARRAY_SIZE(endings); i++) {
            m = find_with(a, &start, endings[i].ending);
            *ending = endings[i].ending;
            *package = endings[i].package;
        }
    }
    return m;
}

const Member *zip_find_extension(Thread *t, const ZipImporter *z, Value name, bool *package)
{
    const Archive *a = zip_archive(z);
    MemberName start;
    const Member *m = NULL;
    if (!a || !a->has_extensions || !name_start(t, z, name, &start)) {
        return NULL;
    }
    size_t n = start.len;
    for (int i = 0; !m && i < 2 * EXTENSION_SUFFIXES; i++) { /* packages first, as in folders */
        *package = i < EXTENSION_SUFFIXES;
        start.len = n;
        if (!*package || name_add(&start, "/__init__", strlen("/__init__"))) {
            m = find_with(a, &start, extension_suffixes[i % EXTENSION_SUFFIXES]);
        }
    }
    return m;
}

ZipContent zipimporter_has(Thread *t, Value importer, Value name)
{
    ZipImporter *z = (ZipImporter *)value_object(importer);
    const Archive *a = value_load(&z->directory) ? zip_archive(z) : NULL;
    MemberName start;
    const char *ending;
    bool package;
    if (!a) {
        return ZIP_NOTHING;
    }
    if (zip_find_extension(t, z, name, &package)) {
        return ZIP_EXTENSION;
    }
    if (zip_find_module(t, z, name, &ending, &package)) {
        return ZIP_MODULE;
    }
    bool folder = name_start(t, z, name, &start) && find_with(a, &start, "/");
    return folder ? ZIP_PORTION : ZIP_NOTHING;
}

const Member *zip_find_source(Thread *t, ZipImporter *z, Value name, bool package)
{
    const Archive *a = zip_archive(z);
    MemberName start;
    return a && name_start(t, z, name, &start)
               ? find_with(a, &start, package ? "/__init__.py" : ".py")
               : NULL;
}

Value zip_module_folder(Thread *t, const ZipImporter *z, Value name)
{
    MemberName start;
    return name_start(t, z, name, &start)
               ? str_format(t, "%U/%U", z->archive, str_from_utf8(t, start.text, start.len))
               : 0;
}

/* ---- code ---- */

/* A module's member on its way to code. */
typedef struct Loading {
    Thread *t;
    Archive *archive;
    const Member *member, *source; /* source: the .py beside a .pyc, or NULL */
    bool bytecode;                 /* the member is a .pyc */
    Value name;                    /* of the module */
    MemberData data;
} Loading;

/* The time of the source in the directory, which has it in steps of two seconds, is about that of
 * the .pyc file, and the size is the same. */
static bool times_agree(const Loading *l, const uint32_t *header)
{
    const Member *s = l->source;
    struct tm tm = {.tm_year = (s->date >> 9) + 80,
                    .tm_mon = (s->date >> 5 & 15) - 1,
                    .tm_mday = s->date & 31,
                    .tm_hour = s->time >> 11,
                    .tm_min = s->time >> 5 & 63,
                    .tm_sec = (s->time & 31) * 2,
                    .tm_isdst = -1};
    int64_t difference = (int64_t)mktime(&tm) - header[2];
    return difference >= -1 && difference <= 1 && s->size == header[3];
}

/* 1, 0: another source, -1: raised. */
static int hashes_agree(Loading *l, const uint8_t *header)
{
    MemberData source;
    if (!archive_read(l->t, l->archive, l->source, &source)) {
        return -1;
    }
    uint64_t hash = pyc_source_hash(source.data, source.len);
    member_data_free(&source);
    return memcmp(header + 8, &hash, sizeof hash) == 0;
}

static int import_error(const Loading *l, const char *format, Value what)
{
    raise(l->t, &exc_ImportError, format, l->name, what);
    return -1;
}

/* Is the .pyc file good?  1, 0: its source has changed, -1: raised. */
static int header_is_good(Loading *l)
{
    uint32_t word[4] = {0};
    const uint8_t *p = l->data.data;
    size_t n = l->data.len < PYC_HEADER ? l->data.len : PYC_HEADER;
    memcpy(word, p, n);
    if (n < 4 || !pyc_magic_matches(p)) {
        return import_error(l, "bad magic number in %R: %R",
                            bytes_new(l->t, p, n < 4 ? n : 4));
    }
    if (n < PYC_HEADER) {
        raise(l->t, &exc_EOFError, "reached EOF while reading pyc header of %R", l->name);
        return -1;
    }
    if (word[1] & ~(uint32_t)(PYC_HASHED | PYC_CHECK_SOURCE)) {
        raise(l->t, &exc_ImportError, "invalid flags %R in %R", fixnum(word[1]), l->name);
        return -1;
    }
    if (!l->source) {
        return 1;
    }
    if (!(word[1] & PYC_HASHED)) {
        return times_agree(l, word);
    }
    PycHashCheck check = pyc_hash_check(l->t);
    if (check == PYC_HASH_NEVER || (check == PYC_HASH_DEFAULT && !(word[1] & PYC_CHECK_SOURCE))) {
        return 1;
    }
    int same = hashes_agree(l, p);
    return same == 0 ? import_error(l, "hash in bytecode doesn't match hash of source %R", 0)
                     : same;
}

/* typhon.pack names sources by their members, "pkg/mod.py", for it cannot know where the archive
 * will be: such a name gets the archive's path.  false: raised. */
static bool complete_filename(const Loading *l, Value code)
{
    Value name = ((Code *)value_object(code))->filename, whole;
    MemberName m = {.len = 0};
    size_t n;
    const char *text = str_utf8(l->t, name, &n);
    error_clear(l->t);
    if (!text || !name_add(&m, text, n) || !name_add(&m, "c", 1) ||
        !archive_find(l->archive, m.text, m.len)) {
        return true;
    }
    whole = str_format(l->t, "%U/%U", l->archive->path, name);
    if (whole) {
        code_set_filename(l->t, code, whole);
    }
    return whole != 0;
}

static Value code_of_bytecode(Loading *l, Value path)
{
    if (header_is_good(l) <= 0) {
        return 0;
    }
    Value code = marshal_loads(l->t, l->data.data + PYC_HEADER, l->data.len - PYC_HEADER);
    if (code && !value_is_code(code)) {
        return type_error(l->t, "compiled module %R is not a code object", path);
    }
    return code && complete_filename(l, code) ? code : 0;
}

/* Compiles the source, after making line endings of other systems ours. */
static Value code_of_text(Loading *l, Value path)
{
    Value text = bytes_new(l->t, l->data.data, l->data.len);
    if (text && memchr(l->data.data, '\r', l->data.len)) {
        static const char *const old[] = {"\r\n", "\r"};
        for (int i = 0; text && i < 2; i++) {
            const Value args[] = {bytes_new(l->t, old[i], strlen(old[i])),
                                  bytes_new(l->t, "\n", 1)};
            Value replace = args[0] && args[1] ? intern_cstr(l->t, "replace") : 0;
            text = replace ? call_method(l->t, text, replace, args, 2) : 0;
        }
    }
    return text ? runtime.compile_source(l->t, text, path, "exec", 0, -1) : 0;
}

static Value read_code(Thread *t, Value path, void *arg)
{
    Loading *l = arg;
    if (!archive_read(t, l->archive, l->member, &l->data)) {
        return 0;
    }
    Value code = l->bytecode ? code_of_bytecode(l, path) : code_of_text(l, path);
    member_data_free(&l->data);
    return code;
}

/* 0 and nothing raised: stale.  *path: of the member. */
static Value code_of_member(Loading *l, Value *path)
{
    const CodeMaker maker = {read_code, l, !l->bytecode};
    *path = archive_member_path(l->t, l->archive, l->member);
    return *path ? code_cache_member(l->t, *path, &l->archive->st, &maker) : 0;
}

Value zip_no_module(Thread *t, Value name, Value cause)
{
    Value text = cause ? str_format(t, "module load failed: %S", cause)
                       : str_format(t, "can't find module %R", name);
    Value exc = text ? call1(t, archive_error_type, text) : 0;
    if (!exc) {
        return 0;
    }
    gc_store(value_object(exc), &((ImportErrorExc *)value_object(exc))->name, name);
    if (cause && !object_setattr(t, exc, intern_cstr(t, "__cause__"), cause)) {
        return 0;
    }
    return raise_exception(t, exc);
}

/* Tries the members in their order: stale bytecode and bytecode of another version is passed over,
 * if something else is there. */
static bool load(Thread *t, ZipImporter *z, Value name, ZipModule *out)
{
    Loading l = {.t = t, .archive = zip_archive(z), .name = name};
    Value failure = 0;
    MemberName start;
    bool named = l.archive && name_start(t, z, name, &start);
    for (size_t i = 0; named && i < ARRAY_SIZE(endings); i++) {
        l.member = find_with(l.archive, &start, endings[i].ending);
        if (!l.member) {
            continue;
        }
        l.bytecode = endings[i].bytecode;
        l.source = l.bytecode ? find_with(l.archive, &start, endings[i + 1].ending) : NULL;
        Value code = code_of_member(&l, &out->path);
        if (code) {
            out->code = code;
            out->folder = endings[i].package ? zip_module_folder(t, z, name) : 0;
            return out->folder || !endings[i].package;
        }
        if (t->exc && (!endings[i].bytecode || !error_matches(t, &exc_ImportError) ||
                       error_matches(t, value_type(archive_error_type)))) {
            return false;
        }
        failure = t->exc ? error_take(t) : failure;
    }
    zip_no_module(t, name, failure);
    return false;
}

/* The code that find_spec() has loaded to see where it comes from: whoever asks next for the same
 * module gets it. */
static bool take_recent(ZipImporter *z, Value name, ZipModule *out)
{
    Value recent = value_load(&z->recent);
    if (!recent || !str_eq(tuple_get(recent, 0), name) ||
        tuple_get(recent, 1) != value_load(&z->directory)) {
        return false;
    }
    *out = (ZipModule){tuple_get(recent, 2), tuple_get(recent, 3),
                       is_none(tuple_get(recent, 4)) ? 0 : tuple_get(recent, 4)};
    gc_store(z, &z->recent, (Value)0);
    return true;
}

bool zipimporter_load(Thread *t, Value importer, Value name, ZipModule *out)
{
    ZipImporter *z = zip_opened(t, importer);
    return z && (take_recent(z, name, out) || load(t, z, name, out));
}

bool zip_load_ahead(Thread *t, Value importer, Value name, ZipModule *out)
{
    ZipImporter *z = zip_opened(t, importer);
    if (!z || !(take_recent(z, name, out) || load(t, z, name, out))) {
        return false;
    }
    Value recent = tuple_pack(t, 5, name, value_load(&z->directory), out->code, out->path,
                              out->folder ? out->folder : NONE);
    if (recent) {
        gc_store(z, &z->recent, recent);
    }
    return recent != 0;
}

/* ---- what typhon.pack has added ---- */

static bool run_boot(Thread *t, Value root, Value name)
{
    ZipModule m;
    Value mod = zipimporter_load(t, root, name, &m) ? module_new(t, name) : 0;
    return mod && module_add(t, mod, "__loader__", root) &&
           module_add(t, mod, "__builtins__", t->interp->builtins) &&
           vm_eval_code(t, m.code, module_dict(mod), 0, 0);
}

bool zipimporter_boot(Thread *t, Value importer)
{
    static const char member[] = "_typhon_boot.pyc";
    ZipImporter *z = zip_opened(t, importer);
    Archive *a = z ? zip_archive(z) : NULL;
    if (!a || load_relaxed(&a->booted) || !archive_find(a, member, strlen(member))) {
        return z != NULL;
    }
    Value name = intern_cstr(t, "_typhon_boot"),
          root = str_len(z->prefix) == 0 ? importer
                                         : call1(t, object_value(&zipimporter_type), z->archive);
    if (!name || !root || !run_boot(t, root, name)) {
        return false;
    }
    store_relaxed(&a->booted, true);
    return true;
}

/* ---- the object ---- */

static void zipimporter_trace(Object *o, Tracer *tr)
{
    const ZipImporter *z = (ZipImporter *)o;
    trace_value(tr, z->archive);
    trace_value(tr, z->prefix);
    trace_value(tr, value_load(&z->directory));
    trace_value(tr, value_load(&z->recent));
}

static Value zipimporter_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                             Value kw UNUSED)
{
    Object *o = object_alloc_instance(t, type, 0);
    return o ? object_value(o) : 0;
}

static Value zipimporter_repr(Thread *t, Value self)
{
    ZipImporter *z = zip_opened(t, self);
    return z ? str_format(t, "<zipimporter object \"%U/%U\">", z->archive, z->prefix) : 0;
}

static const MemberDef zipimporter_members[] = {
    {"archive", MEMBER_VALUE_EX, offsetof(ZipImporter, archive), true, "The archive's file name."},
    {"prefix", MEMBER_VALUE_EX, offsetof(ZipImporter, prefix), true,
     "The folder in the archive, with a slash at its end, or an empty string."},
    {"_files", MEMBER_VALUE_EX, offsetof(ZipImporter, directory), true,
     "The archive's members by name."},
    {0},
};

Type zipimporter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "zipimport.zipimporter",
    .doc = "zipimporter(path): the importer of modules in an archive.\n\npath is that of an "
           "archive, or of a folder in one: archive.zip/folder.  ZipImportError is raised when "
           "there is no archive.",
    .size = sizeof(ZipImporter),
    .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
    .weakrefable = 1,
    .trace = zipimporter_trace,
    .new = zipimporter_new,
    .init = zipimporter_init,
    .repr = zipimporter_repr,
    .methods = zipimporter_methods,
    .members = zipimporter_members,
};
