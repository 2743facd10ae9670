/* What core/runtime needs of core/capi. */
#ifndef CORE_CAPI_START_H
#define CORE_CAPI_START_H

/* lets the importer load extension modules; nothing else happens until the first one */
void capi_init(void);

#endif
