/* _tokenize: the lexer of the compiler as an iterator. */
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/syntax/lexer.h"
#include "core/syntax/syntax.h"

#include <stdlib.h>

typedef struct TokenizerIter {
    Object head;
    char *text;          /* malloc'ed */
    _Atomic bool busy;   /* one thread at a time */
    Value filename;
    Lexer lexer;
} TokenizerIter;
extern Type tokenizer_iter_type;

static inline TokenizerIter *tokenizer_iter(Value v)
{
    assert(value_isa(v, &tokenizer_iter_type));
    return (TokenizerIter *)value_object(v);
}

static void tokenizer_iter_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((TokenizerIter *)self)->filename);
}

static void tokenizer_iter_free(Object *self)
{
    free(((TokenizerIter *)self)->text);
}

static Value tokenizer_iter_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("tokenizeriter(source)");
    Value source;
    if (!args_bind(t, &sig, args, n, kwnames, &source)) {
        return 0;
    }
    if (!value_is_str(source)) {
        return type_error(t, "tokenizeriter() argument 'source' must be str, not %T", source);
    }
    size_t size;
    const char *utf8 = str_utf8(t, source, &size);
    Value filename = utf8 == NULL ? 0 : str_from_cstr(t, "<string>");
    TokenizerIter *it = filename == 0 ? NULL : object_alloc_instance(t, type, 0);
    SourceText text;
    if (it == NULL || !source_decode(t, filename, utf8, size, PARSE_IGNORE_COOKIE, true, &text)) {
        return 0;
    }
    gc_init(&it->filename, filename);
    it->text = text.text;
    lexer_init(&it->lexer, t, filename, text.text, text.size);
    return object_value(it);
}

/* The number that the token module gives to a type. */
static int token_number(TokenType type)
{
    static const char *const operators[] = {
        "(",  ")",   "[",   "]",   ":",  ",",   ";",  "+",  "-",  "*",   "/",  "|",
        "&",  "<",   ">",   "=",   ".",  "%",   "{",  "}",  "==", "!=",  "<=", ">=",
        "~",  "^",   "<<",  ">>",  "**", "+=",  "-=", "*=", "/=", "%=",  "&=", "|=",
        "^=", "<<=", ">>=", "**=", "//", "//=", "@",  "@=", "->", "...", ":=",
    };
    enum { FIRST_OPERATOR = 7, NUMBER_OP = 54, NUMBER_AWAIT = 55, NUMBER_ASYNC = 56 };
    switch (type) {
    case TOK_ENDMARKER: return 0;
    case TOK_NAME: return 1;
    case TOK_NUMBER: return 2;
    case TOK_STRING: return 3;
    case TOK_NEWLINE: return 4;
    case TOK_INDENT: return 5;
    case TOK_DEDENT: return 6;
    case TOK_AWAIT: return NUMBER_AWAIT;
    case TOK_ASYNC: return NUMBER_ASYNC;
    default: break;
    }
    for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
        if (strcmp(operators[i], token_texts[type]) == 0) {
            return FIRST_OPERATOR + (int)i;
        }
    }
    return type > TOK_DOUBLESLASHEQUAL ? 1 : NUMBER_OP; /* keywords are names here */
}

static Value token_tuple(Thread *t, const Lexer *lexer, const Token *token)
{
    Value text = str_from_utf8(t, token->start != NULL ? token->start : "", (size_t)token->size);
    Value line = str_decode(t, lexer->buf, (size_t)(lexer->inp - lexer->buf), "utf-8", "replace");
    return text == 0 || line == 0 ? 0
                                  : tuple_pack(t, 7, text, fixnum(token_number(token->type)),
                                               fixnum(token->lineno), fixnum(token->end_lineno),
                                               fixnum(token->col), fixnum(token->end_col), line);
}

static Value tokenizer_iter_next(Thread *t, Value self)
{
    TokenizerIter *it = tokenizer_iter(self);
    if (atomic_exchange_explicit(&it->busy, true, memory_order_acquire)) {
        return value_error(t, "TokenizerIter already executing");
    }
    Token token;
    it->lexer.thread = t;
    TokenType type = lexer_next(&it->lexer, &token);
    Value result =
        type == TOK_ERROR || type == TOK_ENDMARKER ? 0 : token_tuple(t, &it->lexer, &token);
    atomic_store_explicit(&it->busy, false, memory_order_release);
    return result;
}

Type tokenizer_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_tokenize.TokenizerIter",
    .flags = TYPE_LIKE_CLASS,
    .size = sizeof(TokenizerIter),
    .trace = tokenizer_iter_trace,
    .free = tokenizer_iter_free,
    .new = tokenizer_iter_new,
    .iter = iter_self,
    .next = tokenizer_iter_next,
    .getattr = generic_getattr,
};

static bool tokenize_exec(Thread *t, Value mod)
{
    return module_add_type(t, mod, &tokenizer_iter_type);
}

extern const ModuleDef module__tokenize;
const ModuleDef module__tokenize = {.name = "_tokenize", .exec = tokenize_exec};
