/* ----------------------------------------------------------------------------
 * capi: the table of functions that other addons have (include/bufalloc.h).
 *
 * What has to do with JavaScript's objects is done by three functions of
 * lib/lifetimes/addons.js, in an environment of its own, bufalloc's:
 *
 *   show(ArrayBuffer, size) -> a Buffer over a block that was given
 *   make(size, zero) -> a Buffer with memory of its own
 *   find(value) -> of FIND below, what is known of a Buffer's memory; and from then
 *     on `isPinned` is asked before that is taken back
 * ------------------------------------------------------------------------- */
#ifndef BA_CAPI_H
#define BA_CAPI_H

#include <node_api.h>

typedef enum ba_capi_find {
  BA_FIND_NO_BUFFER = -1,
  BA_FIND_OTHER = 0, /* the runtime's memory, or unknown */
  BA_FIND_BLOCK = 1  /* a block of C's, which begins where the store does */
} ba_capi_find_t;

/* ba_capi_functions, of call.h:
 *
 *   openCapi(show, make, find, isNative) -> what bufalloc_load takes. The environment
 *     serves addons from then on; `isNative`: whether blocks may be shown
 *   isPinned(ArrayBuffer) -> whether an addon has pinned its memory
 *   trimThreads() -> bytes given back by the heaps that threads have for addons
 */

#endif
