/* ----------------------------------------------------------------------------
 * collect: having V8 collect garbage, and the flags of V8's that this takes.
 * ------------------------------------------------------------------------- */
#ifndef BA_COLLECT_H
#define BA_COLLECT_H

#include <stdbool.h>

/* Held while flags of V8's are other than the program has them. */
void ba_flags_lock(void);
void ba_flags_unlock(void);

#ifdef BA_WITH_V8
/* Whether ba_v8_collect can be had. */
bool ba_v8_can_collect(void);

/* Collects what is young, or everything, of the thread's isolate. */
void ba_v8_collect(bool everything);
#endif

#endif
