/* Positions of text streams.
 *
 * tell() packs into one int: position of the binary stream where the decoder had a known state (64
 * bits), the decoder's flags (64), bytes to feed from there (64), characters to skip then (64), and
 * whether the decoder was at end of file (1).
 */
#include "core/base/atomics.h"
#include "core/object/int.h"
#include "core/object/tuple.h"
#include "modules/_io/textio.h"

enum { COOKIE_FIELDS = 5 };

static Value cookie_pack(Thread *t, const Value *fields)
{
    Value cookie = fixnum(0);
    for (int i = COOKIE_FIELDS; cookie && i-- > 0;) {
        cookie = int_lshift(t, cookie, 64);
        cookie = cookie ? int_add(t, cookie, fields[i]) : 0;
    }
    return cookie;
}

static bool cookie_unpack(Thread *t, Value cookie, Value *fields)
{
    for (int i = 0; i < COOKIE_FIELDS; i++) {
        Value high = int_rshift(t, cookie, 64);
        Value back = high ? int_lshift(t, high, 64) : 0;
        fields[i] = back ? int_sub(t, cookie, back) : 0;
        if (!fields[i]) {
            return false;
        }
        cookie = high;
    }
    return true;
}

static bool decoder_set(Thread *t, TextIO *x, Value input, Value flags)
{
    Value state = tuple_pack(t, 2, input, flags);
    return state && call_method1(t, x->decoder, INTERN(t, "setstate"), state);
}

static bool text_valid(Thread *t, Value text)
{
    if (!value_is_str(text)) {
        type_error(t, "decoder should return a string result, not '%T'", text);
        return false;
    }
    return true;
}

static ssize_t decode_length(Thread *t, TextIO *x, Value bytes)
{
    Value text = call_method1(t, x->decoder, N(decode), bytes);
    return text && text_valid(t, text) ? (ssize_t)str_len(text) : -1;
}

/* Where in the snapshot's input the characters handed out end. */
typedef struct Place {
    size_t clean;  /* bytes up to the last clean decoder state that does not lie behind the place */
    Value flags;   /* of that state */
    size_t feed;   /* bytes to feed from there */
    size_t skip;   /* characters to skip of what they give */
    bool at_end;   /* the decoder must be told of the end of the input, too */
} Place;

static bool locate(Thread *t, TextIO *x, Value snapshot, size_t used, Place *place)
{
    Bytes *input = value_bytes(snapshot);
    Value none = bytes_new(t, "", 0);
    *place = (Place){.flags = x->snapshot_flags, .skip = used};
    if (!none || !decoder_set(t, x, none, place->flags)) {
        return false;
    }
    size_t decoded = 0, i = 0;
    while (i < input->len && decoded < used) {
        Value byte = bytes_new(t, input->data + i, 1);
        ssize_t got = byte ? decode_length(t, x, byte) : -1;
        Value held, flags;
        if (got < 0 || !textio_decoder_state(t, x, &held, &flags)) {
            return false;
        }
        decoded += (size_t)got;
        i++;
        if (value_bytes(held)->len == 0 && decoded <= used) {
            *place = (Place){.clean = i, .flags = flags, .skip = used - decoded};
        }
    }
    place->feed = place->skip ? i - place->clean : 0;
    if (decoded < used) {
        Value rest = call_method2(t, x->decoder, N(decode), none, TRUE_VALUE);
        if (!rest || !text_valid(t, rest)) {
            return false;
        }
        place->at_end = true;
        if (decoded + str_len(rest) < used) {
            raise_error(t, &exc_OSError, "can't reconstruct logical file position");
            return false;
        }
    }
    return true;
}

static Value tell_locked(Thread *t, Value self)
{
    TextIO *x = textio_of(self);
    if (!x->seekable) {
        return io_unsupported(t, "underlying stream is not seekable");
    }
    if (!load_relaxed(&x->telling)) {
        return raise_error(t, &exc_OSError, "telling position disabled by next() call");
    }
    if (!call_method0(t, self, N(flush))) {
        return 0;
    }
    Value pos = call_method0(t, x->buffer, INTERN(t, "tell"));
    Value snapshot = x->snapshot_input;
    if (!pos || !x->decoder || !snapshot) {
        return pos;
    }
    size_t used = x->used > x->carried ? x->used - x->carried : 0;
    Place place;
    pos = number_index(t, pos);
    pos = pos ? int_sub(t, pos, fixnum((int64_t)value_bytes(snapshot)->len)) : 0;
    Value saved = pos ? call_method0(t, x->decoder, INTERN(t, "getstate")) : 0;
    if (!saved) {
        return 0;
    }
    bool ok = locate(t, x, snapshot, used, &place);
    Value error = ok ? 0 : error_take(t);
    if (!call_method1(t, x->decoder, INTERN(t, "setstate"), saved)) {
        return 0;
    }
    if (!ok) {
        error_restore(t, error);
        return 0;
    }
    const Value fields[COOKIE_FIELDS] = {int_add(t, pos, fixnum((int64_t)place.clean)), place.flags,
                                         fixnum((int64_t)place.feed), fixnum((int64_t)place.skip),
                                         fixnum(place.at_end)};
    return fields[0] ? cookie_pack(t, fields) : 0;
}

Value textio_tell(IO_ARGS)
{
    TextIO *x = textio_of(args[0]);
    if (!textio_check(t, args[0]) || !textio_enter(t, x)) {
        return 0;
    }
    Value pos = tell_locked(t, args[0]);
    owned_mutex_unlock(&x->lock);
    return pos;
}

static bool reset_codecs(Thread *t, TextIO *x, bool at_start)
{
    textio_set_chars(x, 0);
    gc_store(x, &x->snapshot_input, 0);
    if (x->decoder && !call_method0(t, x->decoder, N(reset))) {
        return false;
    }
    return !x->encoder ||
           (at_start ? call_method0(t, x->encoder, N(reset))
                     : call_method1(t, x->encoder, INTERN(t, "setstate"), fixnum(0)));
}

static Value seek_end(Thread *t, Value self)
{
    TextIO *x = textio_of(self);
    if (!call_method0(t, self, N(flush)) || !reset_codecs(t, x, false)) {
        return 0;
    }
    Value pos = call_method2(t, x->buffer, N(seek), fixnum(0), fixnum(2));
    if (pos && pos == fixnum(0) && !reset_codecs(t, x, true)) {
        return 0;
    }
    return pos;
}

/* Restores the decoder as it was when tell() packed the cookie. */
static bool restore(Thread *t, TextIO *x, const Value *f)
{
    int64_t feed, skip;
    if (!int_try_int64(f[2], &feed) || !int_try_int64(f[3], &skip)) {
        value_error(t, "invalid cookie");
        return false;
    }
    Value none = bytes_new(t, "", 0);
    if (!none || (x->decoder && !decoder_set(t, x, none, f[1]))) {
        return false;
    }
    if (!skip || !x->decoder) {
        return true;
    }
    Value input = call_method1(t, x->buffer, N(read), fixnum(feed));
    if (!input) {
        return false;
    }
    if (!value_is_bytes(input)) {
        type_error(t, "underlying read() should have returned a bytes object, not '%T'", input);
        return false;
    }
    Value text = call_method2(t, x->decoder, N(decode), input, bool_value(f[4] != fixnum(0)));
    if (!text || !text_valid(t, text)) {
        return false;
    }
    if ((size_t)skip > str_len(text)) {
        raise_error(t, &exc_OSError, "can't restore logical file position");
        return false;
    }
    textio_set_chars(x, text);
    x->used = (size_t)skip;
    gc_store(x, &x->snapshot_input, input);
    gc_store(x, &x->snapshot_flags, f[1]);
    return true;
}

static Value seek_locked(Thread *t, Value self, Value cookie, int whence)
{
    TextIO *x = textio_of(self);
    if (!x->seekable) {
        return io_unsupported(t, "underlying stream is not seekable");
    }
    if (whence == 1 || whence == 2) {
        int zero = object_compare_bool(t, cookie, fixnum(0), CMP_EQ);
        if (zero <= 0) {
            return zero < 0
                       ? 0
                       : io_unsupported(t, whence == 1 ? "can't do nonzero cur-relative seeks"
                                                       : "can't do nonzero end-relative seeks");
        }
        if (whence == 2) {
            return seek_end(t, self);
        }
        cookie = tell_locked(t, self);
    } else if (whence != 0) {
        return value_error(t, "invalid whence (%d, should be 0, 1 or 2)", whence);
    }
    cookie = cookie ? number_index(t, cookie) : 0;
    if (!cookie) {
        return 0;
    }
    if (int_sign(cookie) < 0) {
        return value_error(t, "negative seek position %R", cookie);
    }
    Value f[COOKIE_FIELDS];
    if (!call_method0(t, self, N(flush)) || !cookie_unpack(t, cookie, f) ||
        !call_method1(t, x->buffer, N(seek), f[0]) || !reset_codecs(t, x, cookie == fixnum(0))) {
        return 0;
    }
    return cookie == fixnum(0) || restore(t, x, f) ? cookie : 0;
}

Value textio_seek(IO_ARGS)
{
    TextIO *x = textio_of(args[0]);
    int whence = 0;
    if (!textio_check(t, args[0]) || (args[2] && !value_to_int(t, args[2], &whence)) ||
        !textio_enter(t, x)) {
        return 0;
    }
    Value pos = seek_locked(t, args[0], args[1], whence);
    owned_mutex_unlock(&x->lock);
    return pos;
}
