/* sys.stderr of the first moments: what importing with -v writes before the real streams can be
 * made. */
#include <unistd.h>

#include "core/object/module.h"
#include "core/object/str.h"
#include "core/runtime/start.h"

static Value printer_write(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    size_t len;
    if (!value_is_str(args[1])) {
        return type_error(t, "write() argument must be str, not %T", args[1]);
    }
    const char *text = str_utf8(t, args[1], &len);
    if (!text) {
        return 0;
    }
    for (size_t done = 0; done < len;) {
        ssize_t some = write(STDERR_FILENO, text + done, len - done);
        if (some < 0) {
            break;
        }
        done += (size_t)some;
    }
    return NONE;
}

static Value printer_flush(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return NONE;
}

static const NativeDef printer_methods[] = {
    {"write(text, /)", printer_write, "Write text to the standard error output.", 0},
    {"flush()", printer_flush, "Do nothing; nothing is buffered.", 0},
    {0},
};

Type stderr_printer_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "stderrprinter",
    .size = sizeof(Object),
    .flags = TYPE_NO_INSTANTIATE,
    .methods = printer_methods,
};

bool printer_install(Thread *t, Value sys)
{
    Object *printer = object_alloc(t, &stderr_printer_type, sizeof *printer);
    return printer && module_add(t, sys, "stderr", object_value(printer)) &&
           module_add(t, sys, "__stderr__", object_value(printer));
}
