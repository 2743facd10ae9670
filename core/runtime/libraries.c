/* What libraries linked into the executable would do before main() and can do later.
 *
 * libcrypto asks the processor what it can do, which takes as long as the start of several modules
 * where that is a virtual one's question to its host.  It asks again when something of it is used
 * for the first time; until then its functions take the ways that need no answer.  (The linker has
 * OPENSSL_cpuid_setup() lead here: --wrap.)
 */
#include <stdbool.h>

#ifdef TYPHON_LATE_CPUID /* libcrypto is an archive */
void __real_OPENSSL_cpuid_setup(void);
void __wrap_OPENSSL_cpuid_setup(void);

/* Called from the executable's .init, by one thread, and then under the lock of libcrypto's first
 * use. */
void __wrap_OPENSSL_cpuid_setup(void)
{
    static bool started;
    if (started) {
        __real_OPENSSL_cpuid_setup();
    }
    started = true;
}
#endif
