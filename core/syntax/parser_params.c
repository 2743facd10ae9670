// Parameters of def and lambda.
//
// The right forms are read in one scan.  In the second pass the wrong forms are tried first, with
// small functions in the manner of the grammar: each reads one parameter of a certain shape
// together with its comma.
#include "core/syntax/parser.h"

typedef struct Params {
    bool lambda;
    PtrList posonly, args, kwonly, defaults, kw_defaults;
    Arg *vararg, *kwarg;
} Params;

static int closing(bool lambda)
{
    return lambda ? TOK_COLON : TOK_RPAR;
}

// NAME [':' annotation]; star: the annotation may be starred (for *args).
static Arg *parse_param(Parser *p, bool lambda, bool star)
{
    int mark = p->mark;
    Token *name = accept(p, TOK_NAME);
    if (name == NULL) {
        return NULL;
    }
    Expr *annotation = NULL;
    int colon = p->mark;
    if (!lambda && accept(p, TOK_COLON) != NULL) {
        annotation = star ? parse_star_expression(p) : parse_expression(p);
        if (annotation == NULL) {
            p->mark = colon;
        }
    }
    Value text = p->failed ? 0 : token_name(p, name);
    Arg *arg = text != 0 ? node_at(p, AST_arg, name) : NULL;
    if (arg == NULL) {
        p->mark = mark;
        return NULL;
    }
    arg->arg = text;
    arg->annotation = annotation;
    return arg;
}

// '=' expression
static Expr *parse_default(Parser *p)
{
    int mark = p->mark;
    Token *equal = accept(p, TOK_EQUAL);
    if (equal == NULL) {
        return NULL;
    }
    Expr *value = parse_expression(p);
    if (value == NULL) {
        int type = peek_type(p);
        if (p->second && (type == TOK_RPAR || type == TOK_COMMA)) {
            error_token(p, equal, equal, "expected default value expression");
        }
        p->mark = mark;
    }
    return value;
}

// ',' or the token behind the last parameter, which is not consumed.
static bool parse_separator(Parser *p, bool lambda)
{
    return accept(p, TOK_COMMA) != NULL || peek_type(p) == closing(lambda);
}

// The same behind a parameter, whose type comment comes after the comma or before the closing
// bracket.
static bool parse_param_end(Parser *p, bool lambda, Arg *arg)
{
    if (lambda) {
        return parse_separator(p, lambda);
    }
    bool comma = accept(p, TOK_COMMA) != NULL;
    Value text = accept_type_comment(p);
    if (text != 0) {
        arg->type_comment = text;
    }
    return comma || peek_type(p) == TOK_RPAR;
}

// ---- wrong forms ----

typedef enum Shape { NO_DEFAULT, WITH_DEFAULT, MAYBE_DEFAULT } Shape;

// A parameter of the shape and its separator.
static Arg *parse_shaped(Parser *p, bool lambda, Shape shape)
{
    int mark = p->mark;
    Arg *arg = parse_param(p, lambda, false);
    Expr *value = arg != NULL && shape != NO_DEFAULT ? parse_default(p) : NULL;
    if (arg == NULL || (value == NULL && shape == WITH_DEFAULT) || p->failed ||
        !parse_param_end(p, lambda, arg)) {
        p->mark = mark;
        return NULL;
    }
    return arg;
}

static int skip_shaped(Parser *p, bool lambda, Shape shape)
{
    int n = 0;
    while (parse_shaped(p, lambda, shape) != NULL) {
        n++;
    }
    return n;
}

// Parameters with '/' behind them; with_default: at least one has a default, otherwise none.
static bool skip_slash(Parser *p, bool lambda, bool with_default)
{
    int mark = p->mark;
    int plain = skip_shaped(p, lambda, NO_DEFAULT);
    int defaulted = with_default ? skip_shaped(p, lambda, WITH_DEFAULT) : 0;
    if ((with_default ? defaulted > 0 : plain > 0) && accept(p, TOK_SLASH) != NULL &&
        parse_separator(p, lambda)) {
        return true;
    }
    p->mark = mark;
    return false;
}

static bool skip_any_slash(Parser *p, bool lambda)
{
    return skip_slash(p, lambda, false) || (!p->failed && skip_slash(p, lambda, true));
}

// A parameter without default behind one with default.
static void invalid_default_order(Parser *p, bool lambda)
{
    skip_shaped(p, lambda, NO_DEFAULT);
    bool defaulted = skip_slash(p, lambda, true) ||
                     (!p->failed && skip_shaped(p, lambda, WITH_DEFAULT) > 0);
    Arg *arg = defaulted ? parse_shaped(p, lambda, NO_DEFAULT) : NULL;
    if (arg != NULL) {
        error_node(p, arg, arg, "non-default argument follows default argument");
    }
}

// Parameters in parentheses, as Python 2 had them.
static void invalid_parenthesised(Parser *p, bool lambda)
{
    skip_shaped(p, lambda, NO_DEFAULT);
    Token *open = accept(p, TOK_LPAR);
    if (open == NULL) {
        return;
    }
    int n;
    if (lambda) {
        n = 0;
        while (parse_param(p, lambda, false) != NULL) {
            n++;
            if (!peek_second(p, TOK_COMMA, TOK_NAME)) {
                break;
            }
            accept(p, TOK_COMMA);
        }
    } else {
        n = skip_shaped(p, lambda, NO_DEFAULT);
    }
    accept(p, TOK_COMMA);
    Token *close = n > 0 ? accept(p, TOK_RPAR) : NULL;
    if (close != NULL) {
        error_token(p, open, close,
                    lambda ? "Lambda expression parameters cannot be parenthesized"
                           : "Function parameters cannot be parenthesized");
    }
}

static void invalid_leading_slash(Parser *p)
{
    Token *slash = accept(p, TOK_SLASH);
    if (slash != NULL && accept(p, TOK_COMMA) != NULL) {
        error_token(p, slash, slash, "at least one argument must precede /");
    }
}

static void invalid_second_slash(Parser *p, bool lambda)
{
    if (skip_any_slash(p, lambda)) {
        skip_shaped(p, lambda, MAYBE_DEFAULT);
        Token *slash = accept(p, TOK_SLASH);
        if (slash != NULL) {
            error_token(p, slash, slash, "/ may appear only once");
        }
    }
}

static void invalid_late_slash(Parser *p, bool lambda)
{
    skip_any_slash(p, lambda);
    skip_shaped(p, lambda, MAYBE_DEFAULT);
    if (accept(p, TOK_STAR) == NULL ||
        (accept(p, TOK_COMMA) == NULL && parse_shaped(p, lambda, NO_DEFAULT) == NULL)) {
        return;
    }
    skip_shaped(p, lambda, MAYBE_DEFAULT);
    Token *slash = accept(p, TOK_SLASH);
    if (slash != NULL) {
        error_token(p, slash, slash, "/ must be ahead of *");
    }
}

static void invalid_slash_star(Parser *p, bool lambda)
{
    if (skip_shaped(p, lambda, MAYBE_DEFAULT) > 0 && accept(p, TOK_SLASH) != NULL) {
        Token *star = accept(p, TOK_STAR);
        if (star != NULL) {
            error_token(p, star, star, "expected comma between / and *");
        }
    }
}

static void invalid_parameters(Parser *p, bool lambda)
{
    int start = p->mark;
    for (int step = 0; step < 6 && !p->failed; step++) {
        p->mark = start;
        switch (step) {
        case 0:
            invalid_default_order(p, lambda);
            break;
        case 1:
            invalid_parenthesised(p, lambda);
            break;
        case 2:
            invalid_leading_slash(p);
            break;
        case 3:
            invalid_second_slash(p, lambda);
            break;
        case 4:
            invalid_late_slash(p, lambda);
            break;
        default:
            invalid_slash_star(p, lambda);
            break;
        }
    }
    p->mark = start;
}

// What is wrong from a '*' on.
static void invalid_star(Parser *p, bool lambda)
{
    int start = p->mark;
    Token *star = accept(p, TOK_STAR);
    if (star == NULL) {
        return;
    }
    int inside = p->mark;
    bool bare = peek_type(p) == closing(lambda);
    if (!bare && accept(p, TOK_COMMA) != NULL) {
        bare = peek_type(p) == closing(lambda) || peek_type(p) == TOK_DOUBLESTAR;
    }
    if (bare) {
        if (lambda) {
            error_here(p, HOST_SYNTAX_ERROR, "named arguments must follow bare *");
        } else {
            error_token(p, star, star, "named arguments must follow bare *");
        }
        return;
    }
    p->mark = inside;
    if (!lambda && accept(p, TOK_COMMA) != NULL && accept(p, TOK_TYPE_COMMENT) != NULL) {
        error_here(p, HOST_SYNTAX_ERROR, "bare * has associated type comment");
        return;
    }
    p->mark = inside;
    Token *equal = parse_param(p, lambda, false) != NULL ? accept(p, TOK_EQUAL) : NULL;
    if (equal != NULL) {
        error_token(p, equal, equal, "var-positional argument cannot have default value");
    }
    p->mark = inside;
    if (!p->failed &&
        (parse_shaped(p, lambda, NO_DEFAULT) != NULL || accept(p, TOK_COMMA) != NULL)) {
        skip_shaped(p, lambda, MAYBE_DEFAULT);
        Token *second = accept(p, TOK_STAR);
        if (second != NULL &&
            (parse_shaped(p, lambda, NO_DEFAULT) != NULL || accept(p, TOK_COMMA) != NULL)) {
            error_token(p, second, second, "* argument may appear only once");
        }
    }
    p->mark = start;
}

// What is wrong from a '**' on.
static void invalid_double_star(Parser *p, bool lambda)
{
    int start = p->mark++;
    if (parse_param(p, lambda, false) != NULL) {
        Token *equal = accept(p, TOK_EQUAL);
        if (equal != NULL) {
            error_token(p, equal, equal, "var-keyword argument cannot have default value");
        } else if (accept(p, TOK_COMMA) != NULL) {
            Token *next = peek(p);
            Arg *arg = parse_param(p, lambda, false);
            if (arg != NULL) {
                error_node(p, arg, arg, "arguments cannot follow var-keyword argument");
            } else if (next->type == TOK_STAR || next->type == TOK_DOUBLESTAR ||
                       next->type == TOK_SLASH) {
                error_token(p, next, next, "arguments cannot follow var-keyword argument");
            }
        }
    }
    p->mark = start;
}

// ---- right forms ----

static void params_free(Params *params)
{
    ptrs_free(&params->posonly);
    ptrs_free(&params->args);
    ptrs_free(&params->kwonly);
    ptrs_free(&params->defaults);
    ptrs_free(&params->kw_defaults);
}

// '**' NAME, the last parameter.
static bool parse_double_star(Parser *p, Params *params)
{
    if (p->second) {
        invalid_double_star(p, params->lambda);
    }
    accept(p, TOK_DOUBLESTAR);
    params->kwarg = parse_param(p, params->lambda, false);
    return params->kwarg != NULL && parse_param_end(p, params->lambda, params->kwarg);
}

// What comes after a '*' that has not been read.
static bool parse_star(Parser *p, Params *params)
{
    if (p->second) {
        invalid_star(p, params->lambda);
    }
    accept(p, TOK_STAR);
    if (accept(p, TOK_COMMA) == NULL) {
        params->vararg = parse_param(p, params->lambda, true);
        if (params->vararg == NULL || !parse_param_end(p, params->lambda, params->vararg)) {
            return false;
        }
    }
    while (peek_type(p) == TOK_NAME) {
        Arg *arg = parse_param(p, params->lambda, false);
        Expr *value = arg != NULL ? parse_default(p) : NULL;
        if (arg == NULL || p->failed || !ptrs_add(p, &params->kwonly, arg) ||
            !ptrs_add(p, &params->kw_defaults, value) || !parse_param_end(p, params->lambda, arg)) {
            return false;
        }
    }
    if (params->vararg == NULL && params->kwonly.n == 0) {
        return false;
    }
    return peek_type(p) != TOK_DOUBLESTAR || parse_double_star(p, params);
}

static bool parse_slash(Parser *p, Params *params)
{
    accept(p, TOK_SLASH);
    if (params->args.n == 0 || params->posonly.n > 0 || !parse_separator(p, params->lambda)) {
        return false;
    }
    for (int i = 0; i < params->args.n; i++) {
        if (!ptrs_add(p, &params->posonly, params->args.items[i])) {
            return false;
        }
    }
    ptrs_free(&params->args);
    return version_check(p, 8, "Positional-only parameters are");
}

static bool parse_params(Parser *p, Params *params)
{
    for (;;) {
        switch (peek_type(p)) {
        case TOK_NAME: {
            Arg *arg = parse_param(p, params->lambda, false);
            Expr *value = arg != NULL ? parse_default(p) : NULL;
            if (arg == NULL || p->failed || !ptrs_add(p, &params->args, arg) ||
                (value != NULL && !ptrs_add(p, &params->defaults, value)) ||
                (value == NULL && params->defaults.n > 0) ||
                !parse_param_end(p, params->lambda, arg)) {
                return false;
            }
            break;
        }
        case TOK_SLASH:
            if (!parse_slash(p, params)) {
                return false;
            }
            break;
        case TOK_STAR:
            return parse_star(p, params);
        case TOK_DOUBLESTAR:
            return parse_double_star(p, params);
        default:
            return !p->failed;
        }
    }
}

static Arguments *arguments_new(Parser *p, Params *params)
{
    Arguments *args = ast_new(p->arena, AST_arguments, 0, 0, 0, 0);
    if (args == NULL) {
        error_memory(p);
        params_free(params);
        return NULL;
    }
    args->posonlyargs = ptrs_finish(p, &params->posonly);
    args->args = ptrs_finish(p, &params->args);
    args->kwonlyargs = ptrs_finish(p, &params->kwonly);
    args->defaults = ptrs_finish(p, &params->defaults);
    args->kw_defaults = ptrs_finish(p, &params->kw_defaults);
    args->vararg = params->vararg;
    args->kwarg = params->kwarg;
    return p->failed ? NULL : args;
}

Arguments *parse_parameters(Parser *p, bool lambda)
{
    int start = p->mark;
    if (p->second && peek_type(p) != closing(lambda)) {
        invalid_parameters(p, lambda);
    }
    Params params = {.lambda = lambda};
    ptrs_init(&params.posonly);
    ptrs_init(&params.args);
    ptrs_init(&params.kwonly);
    ptrs_init(&params.defaults);
    ptrs_init(&params.kw_defaults);
    if (p->failed || !parse_params(p, &params)) {
        params_free(&params);
        p->mark = start;
        return NULL;
    }
    return arguments_new(p, &params);
}

Expr *parse_lambda(Parser *p)
{
    int mark = p->mark;
    Token *start = accept(p, TOK_LAMBDA);
    if (start == NULL || !parser_enter(p)) {
        return NULL;
    }
    Arguments *args = parse_parameters(p, true);
    Expr *body = args != NULL && accept(p, TOK_COLON) != NULL ? parse_expression(p) : NULL;
    parser_leave(p);
    Expr *lambda = body != NULL ? node_at(p, AST_Lambda, start) : NULL;
    if (lambda == NULL) {
        p->mark = mark;
        return NULL;
    }
    lambda->Lambda.args = args;
    lambda->Lambda.body = body;
    return lambda;
}
