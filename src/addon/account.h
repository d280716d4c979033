/* ----------------------------------------------------------------------------
 * account: what one allocator holds, for every thread of the process to read.
 *
 * An account has the allocator's name, its thread, its heap if it has one, and
 * what is watched of the runtime's memory that it had handed out: an object that
 * stands for so many stores and bytes, until it is collected or let go. The heap's
 * own counters are their owner's; here they are as they were last published.
 *
 * It is listed for as long as the allocator lives, and kept for as long as
 * anything is watched for it.
 * ------------------------------------------------------------------------- */
#ifndef BA_ACCOUNT_H
#define BA_ACCOUNT_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#include "../heap/heap.h"

typedef struct ba_account ba_account_t;

/* An account, of an environment and a thread by their numbers; NULL for want of
 * memory. It has a heap of its own if there are limits for one, and `status` says why
 * not if there should be. A name is cut to what there is room for. The environment's
 * thread ends it with ba_account_end. */
ba_account_t *ba_account_open(uint64_t environment, int64_t thread,
                              const char *name, const ba_heap_limits_t *limits,
                              int *status);

/* Takes it off the list, and destroys the heap. */
void ba_account_end(ba_account_t *account);

/* One more to keep it, which is to let go. */
ba_account_t *ba_account_keep(ba_account_t *account);
void ba_account_release(ba_account_t *account);

/* Whether that was done. The environment's thread. */
bool ba_account_has_ended(const ba_account_t *account);

/* NULL if there is none. The environment's thread. */
ba_heap_t *ba_account_heap(const ba_account_t *account);

/* The number that the runtime has for the environment's thread. */
void ba_account_set_thread(ba_account_t *account, int64_t thread);

/* Takes the heap's counters, for other threads to read; returns the bytes that it
 * has cached. The environment's thread. */
uint64_t ba_account_publish(ba_account_t *account);

/* Notes a guarded block as going out under a tag, and as having come back: it keeps
 * the account meanwhile. Any thread. */
void ba_account_note_out(ba_account_t *account, unsigned tag, size_t size);
void ba_account_note_back(ba_account_t *account, unsigned tag, size_t size);

/* What is out by tags, and after them of the runtime's memory. */
enum { BA_LIVE_COUNT = BA_TAGS + 1 };

/* Writes that, as counts and bytes in turn. The environment's thread. */
void ba_account_read_live(ba_account_t *account, double *out);

/* Watches an object that stands for `count` stores of the runtime's of `bytes` in
 * all; what to let it go by, or NULL if it cannot be watched. */
napi_value ba_account_watch(ba_account_t *account, napi_env env,
                            napi_value object, double count, double bytes);

/* Lets an object go before it is collected. */
void ba_account_unwatch(napi_env env, napi_value watch);

/* An array of all accounts of the process, each an array: environment, thread,
 * name, its heap's counters as published, and what is live as above. NULL with an
 * exception. */
napi_value ba_account_list(napi_env env);

#endif
