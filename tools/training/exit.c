/* The executable that counts what it does (TYPHON_PROFILE=MAKE in CMakeLists.txt) ends with
 * _exit, as all do: the counts are written before. */
#include <unistd.h>

void __gcov_dump(void); /* libgcov */
_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);

_Noreturn void __wrap__exit(int code)
{
    __gcov_dump();
    __real__exit(code);
}
