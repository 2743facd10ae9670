/* Typhon's C API: source-compatible with Python 3.11.
 *
 * Extensions are compiled against this header and loaded by the typhon executable:
 *     gcc -shared -fPIC -I<prefix>/include/typhon spam.c -o spam.so
 * All names are renamed by typhon_names.h, so that their plain forms stay free.
 */
#ifndef Py_PYTHON_H
#define Py_PYTHON_H

#include "patchlevel.h"
#include "pyconfig.h"
#include "typhon_names.h"
#include "pyport.h"
#include "object.h"
#include "abstract.h"
#include "concrete.h"
#include "unicodeobject.h"
#include "pyruntime.h"
#include "typeslots.h"
#include "frames.h"
#include "underscored.h"

struct PyMemberDef {
    const char *name;
    int type;
    Py_ssize_t offset;
    int flags;
    const char *doc;
};
typedef struct PyMemberDef PyMemberDef;

#endif
