/* ----------------------------------------------------------------------------
 * malloc: what addons do without bufalloc, behind the same table, for bench.js.
 *
 *   malloc_external  malloc(3), handed over by napi_create_external_buffer
 *   malloc_copy      malloc(3), handed over by napi_create_buffer_copy
 *
 * A pin is a reference here, and ends on JavaScript's thread.
 * ------------------------------------------------------------------------- */
#ifndef MALLOC_H
#define MALLOC_H

#include <bufalloc.h>

extern const bufalloc_api malloc_external;
extern const bufalloc_api malloc_copy;

#endif
