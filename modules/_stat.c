/* The _stat module: constants and tests for the mode of a file. */
#include <sys/stat.h>

#include "core/object/module.h"
#include "core/object/str.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

static bool mode_arg(Thread *t, Value v, mode_t *out)
{
    uint64_t mode;
    if (!value_to_uint64(t, v, &mode)) {
        return false;
    }
    if (mode > UINT32_MAX) {
        overflow_error(t, "mode out of range");
        return false;
    }
    *out = (mode_t)mode;
    return true;
}

#define TEST(name, expr)                                                \
    static Value stat_##name(ARGS)                                      \
    {                                                                   \
        mode_t mode;                                                    \
        return mode_arg(t, args[0], &mode) ? bool_value(expr) : 0;      \
    }
TEST(S_ISBLK, S_ISBLK(mode))
TEST(S_ISCHR, S_ISCHR(mode))
TEST(S_ISDIR, S_ISDIR(mode))
TEST(S_ISFIFO, S_ISFIFO(mode))
TEST(S_ISLNK, S_ISLNK(mode))
TEST(S_ISREG, S_ISREG(mode))
TEST(S_ISSOCK, S_ISSOCK(mode))
TEST(no, ((void)mode, false))
#undef TEST

static Value stat_S_IMODE(ARGS)
{
    mode_t mode;
    return mode_arg(t, args[0], &mode) ? fixnum(mode & 07777) : 0;
}
static Value stat_S_IFMT(ARGS)
{
    mode_t mode;
    return mode_arg(t, args[0], &mode) ? fixnum(mode & S_IFMT) : 0;
}

static char kind_letter(mode_t mode)
{
    return S_ISREG(mode)    ? '-'
           : S_ISDIR(mode)  ? 'd'
           : S_ISLNK(mode)  ? 'l'
           : S_ISBLK(mode)  ? 'b'
           : S_ISCHR(mode)  ? 'c'
           : S_ISFIFO(mode) ? 'p'
           : S_ISSOCK(mode) ? 's'
                            : '?';
}

static Value stat_filemode(ARGS)
{
    mode_t mode;
    char text[10];
    if (!mode_arg(t, args[0], &mode)) {
        return 0;
    }
    text[0] = kind_letter(mode);
    for (int i = 0; i < 9; i++) {
        text[1 + i] = mode & (0400u >> i) ? "rwx"[i % 3] : '-';
    }
    static const struct { mode_t bit; int at; char with_x, without; } special[] = {
        {S_ISUID, 3, 's', 'S'}, {S_ISGID, 6, 's', 'S'}, {S_ISVTX, 9, 't', 'T'}};
    for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
        if (mode & special[i].bit) {
            text[special[i].at] =
                text[special[i].at] == 'x' ? special[i].with_x : special[i].without;
        }
    }
    return str_from_ascii(t, text, sizeof text);
}

static const NativeDef stat_functions[] = {
    {"S_ISBLK(mode, /)", stat_S_ISBLK, "Block device?", 0},
    {"S_ISCHR(mode, /)", stat_S_ISCHR, "Character device?", 0},
    {"S_ISDIR(mode, /)", stat_S_ISDIR, "Directory?", 0},
    {"S_ISDOOR(mode, /)", stat_no, "Door?", 0},
    {"S_ISFIFO(mode, /)", stat_S_ISFIFO, "Named pipe?", 0},
    {"S_ISLNK(mode, /)", stat_S_ISLNK, "Symbolic link?", 0},
    {"S_ISPORT(mode, /)", stat_no, "Event port?", 0},
    {"S_ISREG(mode, /)", stat_S_ISREG, "Regular file?", 0},
    {"S_ISSOCK(mode, /)", stat_S_ISSOCK, "Socket?", 0},
    {"S_ISWHT(mode, /)", stat_no, "Whiteout?", 0},
    {"S_IMODE(mode, /)", stat_S_IMODE, "The part of the mode that chmod() sets.", 0},
    {"S_IFMT(mode, /)", stat_S_IFMT, "The part of the mode that tells the kind of the file.", 0},
    {"filemode(mode, /)", stat_filemode, "The mode as text, such as '-rwxr-xr-x'.", 0},
    {NULL, NULL, NULL, 0},
};

static bool stat_exec(Thread *t, Value mod)
{
#define K(name) {#name, name}
    static const IntConstant constants[] = {
        K(S_IFBLK),
        K(S_IFCHR),
        K(S_IFDIR),
        K(S_IFIFO),
        K(S_IFLNK),
        K(S_IFREG),
        K(S_IFSOCK),
        K(S_ISUID),
        K(S_ISGID),
        K(S_ISVTX),
        K(S_IRWXU),
        K(S_IRUSR),
        K(S_IWUSR),
        K(S_IXUSR),
        K(S_IRWXG),
        K(S_IRGRP),
        K(S_IWGRP),
        K(S_IXGRP),
        K(S_IRWXO),
        K(S_IROTH),
        K(S_IWOTH),
        K(S_IXOTH),
        {"S_IREAD", S_IRUSR},
        {"S_IWRITE", S_IWUSR},
        {"S_IEXEC", S_IXUSR},
        {"S_ENFMT", S_ISGID},
        {"S_IFDOOR", 0},
        {"S_IFPORT", 0},
        {"S_IFWHT", 0},
        {"ST_MODE", 0},
        {"ST_INO", 1},
        {"ST_DEV", 2},
        {"ST_NLINK", 3},
        {"ST_UID", 4},
        {"ST_GID", 5},
        {"ST_SIZE", 6},
        {"ST_ATIME", 7},
        {"ST_MTIME", 8},
        {"ST_CTIME", 9},
        {"UF_NODUMP", 1},
        {"UF_IMMUTABLE", 2},
        {"UF_APPEND", 4},
        {"UF_OPAQUE", 8},
        {"UF_NOUNLINK", 16},
        {"UF_COMPRESSED", 0x20},
        {"UF_HIDDEN", 0x8000},
        {"SF_ARCHIVED", 0x10000},
        {"SF_IMMUTABLE", 0x20000},
        {"SF_APPEND", 0x40000},
        {"SF_NOUNLINK", 0x100000},
        {"SF_SNAPSHOT", 0x200000},
    };
#undef K
    return module_add_ints(t, mod, constants, ARRAY_SIZE(constants));
}

const ModuleDef module__stat = {"_stat", "Constants and functions for the result of stat().",
                                stat_functions, stat_exec};
