/* SSLSession: what a client needs to resume a connection.  Immutable. */
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "modules/_ssl/ssl.h"

static Session *as_session(Value v)
{
    return (Session *)value_object(v);
}

static void session_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((Session *)o)->context);
}

static void session_free(Object *o)
{
    SSL_SESSION_free(((Session *)o)->session);
}

Value connection_get_session(SSL_GETTER)
{
    Connection *c = as_connection(self);
    owned_mutex_lock(t, &c->lock);
    SSL_SESSION *own = SSL_get0_session(c->ssl);
    /* the connection's may become unusable at its end */
    SSL_SESSION *session = own ? SSL_SESSION_dup(own) : NULL;
    owned_mutex_unlock(&c->lock);
    if (!session) {
        return NONE;
    }
    Session *s = object_alloc(t, &session_type, sizeof *s);
    if (!s) {
        SSL_SESSION_free(session);
        return 0;
    }
    s->session = session;
    gc_init(&s->context, value_load(&c->context));
    return object_value(s);
}

bool connection_set_session(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Connection *c = as_connection(self);
    if (!v || type_of(v) != &session_type) {
        type_error(t, "Value is not a SSLSession.");
    } else if (as_session(v)->context != value_load(&c->context)) {
        value_error(t, "Session refers to a different SSLContext.");
    } else if (c->server_side) {
        value_error(t, "Cannot set session for server-side SSLSocket.");
    } else if (SSL_is_init_finished(c->ssl)) {
        value_error(t, "Cannot set session after handshake.");
    } else {
        /* sessions change when they are used */
        SSL_SESSION *copy = SSL_SESSION_dup(as_session(v)->session);
        owned_mutex_lock(t, &c->lock);
        bool ok = copy && SSL_set_session(c->ssl, copy);
        owned_mutex_unlock(&c->lock);
        SSL_SESSION_free(copy);
        if (!ok) {
            raise_ssl_queue(t);
        }
        return ok;
    }
    return false;
}

static Value get_id(SSL_GETTER)
{
    unsigned n;
    const unsigned char *id = SSL_SESSION_get_id(as_session(self)->session, &n);
    return bytes_new(t, id, n);
}

static Value get_time(SSL_GETTER)
{
    return int_from_int64(t, SSL_SESSION_get_time(as_session(self)->session));
}

static Value get_timeout(SSL_GETTER)
{
    return int_from_int64(t, SSL_SESSION_get_timeout(as_session(self)->session));
}

static Value get_hint(SSL_GETTER)
{
    return int_from_uint64(t, SSL_SESSION_get_ticket_lifetime_hint(as_session(self)->session));
}

static Value get_has_ticket(SSL_GETTER)
{
    return bool_value(SSL_SESSION_has_ticket(as_session(self)->session));
}

/* Equal when the ids are. */
static Value session_compare(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    if (type_of(b) != &session_type || (op != CMP_EQ && op != CMP_NE)) {
        return NOT_IMPLEMENTED;
    }
    unsigned na, nb;
    const unsigned char *x = SSL_SESSION_get_id(as_session(a)->session, &na);
    const unsigned char *y = SSL_SESSION_get_id(as_session(b)->session, &nb);
    bool equal = na == nb && memcmp(x, y, na) == 0;
    return bool_value(equal == (op == CMP_EQ));
}

static const GetSetDef session_getset[] = {
    {"has_ticket", get_has_ticket, NULL, "Whether the server gave a ticket.", NULL},
    {"id", get_id, NULL, "The session's id.", NULL},
    {"ticket_lifetime_hint", get_hint, NULL,
     "Seconds that the ticket is good for, as the server says.", NULL},
    {"time", get_time, NULL, "When it was made, in seconds since the epoch.", NULL},
    {"timeout", get_timeout, NULL, "Seconds that it is good for.", NULL},
    {0},
};

Type session_type = {
    .head = OBJECT_STATIC_HEAD(&type_type), .name = "_ssl.SSLSession", .sig = "SSLSession()",
    .doc = "What a client needs to resume a connection.", .size = sizeof(Session),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .trace = session_trace, .free = session_free,
    .compare = session_compare, .hash = hash_unhashable, .getset = session_getset,
};
