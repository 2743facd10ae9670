// Private to core/syntax: adjacent string literals, formatted or not, while they become one node.
#pragma once

#include "core/syntax/parser.h"

typedef struct FString {
    const Token *first, *last; // the STRING tokens that the node covers
    Codepoints text;           // literal text since the last part
    PtrList parts;             // Expr *
    bool formatted;
} FString;

// Appends the text between the quotes of one f-string token.  Returns false when failed.
bool fstring_parse(Parser *p, const Token *token, const char *text, size_t size, bool raw,
                   FString *into);

// The JoinedStr.
Expr *fstring_finish(Parser *p, FString *whole);

// Warns of a backslash before `escape`, three octal digits or any other character.  Returns false
// when the warning is an error.
bool literal_warn(Parser *p, const Token *token, const char *escape);
