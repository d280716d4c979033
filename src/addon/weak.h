/* ----------------------------------------------------------------------------
 * weak: a list of objects of JavaScript's that does not keep them.
 *
 * The language's own WeakRef would: until the job ends in which it was made, and
 * on most versions through every minor collection. One list serves all napi_envs
 * of a thread; each sees its own. What was collected keeps its place until it is
 * taken off.
 * ------------------------------------------------------------------------- */
#ifndef BA_WEAK_H
#define BA_WEAK_H

#include <node_api.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ba_weak_place {
  napi_env env; /* NULL: the place is free */
  napi_ref reference;
  size_t next_free;
} ba_weak_place_t;

/* Zeroed, it is empty. */
typedef struct ba_weak {
  ba_weak_place_t *places;
  size_t capacity;
  size_t free; /* the first that is; `capacity` or more for none */
} ba_weak_t;

/* Lists an object, and returns its place; a negative status if it cannot be. */
int64_t ba_weak_add(ba_weak_t *weak, napi_env env, napi_value object);

/* The object at a place; NULL if it was collected. */
napi_value ba_weak_get(const ba_weak_t *weak, napi_env env, size_t place);

/* Takes an object, collected or not, off the list; its place is another's then. */
void ba_weak_remove(ba_weak_t *weak, napi_env env, size_t place);

/* An array of those that were not collected; the others leave the list. NULL with
 * an exception. */
napi_value ba_weak_list(ba_weak_t *weak, napi_env env);

/* Takes those of a napi_env that ends off the list: their references do not end by
 * themselves. */
void ba_weak_forget(ba_weak_t *weak, napi_env env);

void ba_weak_end(ba_weak_t *weak);

#endif
