/* ISO 8601 text of dates and times, and strftime() with the fields that the C library does not
 * know. */
#include "modules/_datetime/datetime.h"

bool timespec_arg(Thread *t, Value v, int argument, TimeSpec *out)
{
    static const char *const specs[] = {"auto",    "hours",        "minutes",
                                        "seconds", "milliseconds", "microseconds"};
    *out = SPEC_AUTO;
    if (!v) {
        return true;
    }
    if (!value_is_str(v)) {
        type_error(t, "isoformat() argument %d must be str, not %T", argument, v);
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        if (str_eq_cstr(v, specs[i])) {
            *out = (TimeSpec)i;
            return true;
        }
    }
    value_error(t, "Unknown timespec value");
    return false;
}

/* n digits of v at p. */
static char *digits(char *p, int v, int n)
{
    for (int i = n - 1; i >= 0; i--, v /= 10) {
        p[i] = (char)('0' + v % 10);
    }
    return p + n;
}

void format_date(StrBuilder *b, const Date *d)
{
    char text[16], *p = digits(text, d->year, 4);
    *p++ = '-';
    p = digits(p, d->month, 2);
    *p++ = '-';
    p = digits(p, d->day, 2);
    sb_ascii(b, text, (size_t)(p - text));
}

void format_clock(StrBuilder *b, const Clock *c, TimeSpec spec)
{
    char text[20], *p = digits(text, c->hour, 2);
    if (spec == SPEC_AUTO) {
        spec = c->us ? SPEC_MICROSECONDS : SPEC_SECONDS;
    }
    if (spec >= SPEC_MINUTES) {
        *p++ = ':';
        p = digits(p, c->minute, 2);
    }
    if (spec >= SPEC_SECONDS) {
        *p++ = ':';
        p = digits(p, c->second, 2);
    }
    if (spec >= SPEC_MILLISECONDS) {
        *p++ = '.';
        p = spec == SPEC_MILLISECONDS ? digits(p, c->us / 1000, 3) : digits(p, c->us, 6);
    }
    sb_ascii(b, text, (size_t)(p - text));
}

/* ---- strftime ---- */

static bool append_field(Thread *t, StrBuilder *b, const FormatFields *f, uint32_t code)
{
    if (code == 'f') {
        return sb_format(b, "%06d", f->us);
    }
    Value v =
        code == 'z' ? tzinfo_utcoffset(t, f->tzinfo, f->dt) : tzinfo_tzname(t, f->tzinfo, f->dt);
    if (!v) {
        return false;
    }
    if (code == 'z') {
        return format_offset(t, b, "", v);
    }
    if (is_none(v)) {
        return true;
    }
    Value percent = str_from_char(t, '%'), twice = percent ? str_concat(t, percent, percent) : 0;
    /* strftime() is to leave it alone */
    Value quoted = twice ? call_method2(t, v, N(replace), percent, twice) : 0;
    if (quoted && !value_is_str(quoted)) {
        type_error(t, "tzname.replace() did not return a string");
        return false;
    }
    return quoted && sb_str(b, quoted);
}

Value strftime_with(Thread *t, Value format, const FormatFields *f)
{
    StrBuilder b;
    sb_init(&b, t);
    const Str *s = value_str(format);
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i), code = c == '%' && i + 1 < s->len ? str_get(s, i + 1) : 0;
        if (code == 'z' || code == 'Z' || code == 'f') {
            if (!append_field(t, &b, f, code)) {
                return 0;
            }
            i++;
        } else {
            sb_char(&b, c);
            if (code) { /* "%%" is one directive */
                sb_char(&b, code);
                i++;
            }
        }
    }
    Value text = sb_finish(&b), make = text ? import_attr(t, "time", "strftime") : 0;
    return make ? call2(t, make, text, f->tuple) : 0;
}
