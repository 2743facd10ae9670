/* The C library's locale for character types (LC_CTYPE), from the environment.
 *
 * Few programs need it, and reading its files takes a tenth of the start.  When the environment
 * asks for C.UTF-8, whose text is UTF-8 and has no rules of a country, it is set when somebody is
 * about to use the C library's functions that depend on it.
 */
#ifndef CORE_BASE_LOCALE_H
#define CORE_BASE_LOCALE_H

/* At the start, while there is one thread. */
void locale_begin(void);
/* What setlocale(LC_CTYPE, NULL) says or, before locale_use(), would say after it. */
const char *locale_name(void);
/* What nl_langinfo(CODESET) says or would say after locale_use(); "UTF-8" when it says nothing. */
const char *locale_encoding(void);
/* Before locale-dependent functions of the C library, and before foreign code is loaded.  Effects:
 * reads files at the first call. */
void locale_use(void);

#endif
