/* weak: see weak.h. A place whose object was collected is found when places run out,
 * or when the list is read. */
#include "weak.h"

#include <stdbool.h>
#include <stdlib.h>

#include "../heap/heap.h"
#include "values.h"

enum { MIN_CAPACITY = 16 };

static void make_free(ba_weak_t *weak, size_t index) {
  weak->places[index].env = NULL;
  weak->places[index].next_free = weak->free;
  weak->free = index;
}

static void drop(ba_weak_t *weak, size_t index) {
  ba_weak_place_t *place = &weak->places[index];
  (void)napi_delete_reference(place->env, place->reference);
  make_free(weak, index);
}

/* The object at a place; NULL, and the place is free, if it was collected. */
static napi_value get(ba_weak_t *weak, size_t index) {
  const ba_weak_place_t *place = &weak->places[index];
  napi_value object = NULL;
  if (napi_get_reference_value(place->env, place->reference, &object) !=
          napi_ok ||
      object == NULL) {
    drop(weak, index);
    return NULL;
  }
  return object;
}

/* Frees the places of what was collected; returns how many others there are. */
static size_t sweep(ba_weak_t *weak, napi_env env) {
  size_t used = 0;
  napi_handle_scope scope;
  for (size_t i = 0; i < weak->capacity; i++) {
    napi_env theirs = weak->places[i].env;
    if (theirs == NULL) continue;
    used++;
    if (theirs != env || napi_open_handle_scope(env, &scope) != napi_ok) {
      continue;
    }
    if (get(weak, i) == NULL) used--;
    (void)napi_close_handle_scope(env, scope);
  }
  return used;
}

/* Sees to a free place: of what was collected, if that is half of all. */
static bool make_room(ba_weak_t *weak, napi_env env) {
  if (weak->free < weak->capacity) return true;
  if (weak->capacity > 0 && sweep(weak, env) <= weak->capacity / 2) return true;
  size_t before = weak->capacity;
  size_t capacity = before == 0 ? MIN_CAPACITY : before * 2;
  ba_weak_place_t *places = realloc(weak->places, capacity * sizeof *places);
  if (places == NULL) return weak->free < before;
  if (weak->free >= before) weak->free = SIZE_MAX;
  weak->places = places;
  weak->capacity = capacity;
  for (size_t i = capacity; i-- > before;) make_free(weak, i);
  return true;
}

int64_t ba_weak_add(ba_weak_t *weak, napi_env env, napi_value object) {
  napi_ref reference;
  if (!make_room(weak, env)) return BA_ENOMEM;
  if (napi_create_reference(env, object, 0, &reference) != napi_ok) {
    return BA_EINVAL;
  }
  size_t index = weak->free;
  ba_weak_place_t *place = &weak->places[index];
  weak->free = place->next_free;
  place->env = env;
  place->reference = reference;
  return (int64_t)index;
}

void ba_weak_remove(ba_weak_t *weak, napi_env env, size_t place) {
  if (place < weak->capacity && weak->places[place].env == env) {
    drop(weak, place);
  }
}

napi_value ba_weak_list(ba_weak_t *weak, napi_env env) {
  napi_value list;
  uint32_t count = 0;
  BA_CHECK(env, napi_create_array_with_length(env, 0, &list));
  for (size_t i = 0; i < weak->capacity; i++) {
    if (weak->places[i].env != env) continue;
    napi_value item = get(weak, i);
    if (item == NULL) continue;
    BA_CHECK(env, napi_set_element(env, list, count++, item));
  }
  return list;
}

void ba_weak_forget(ba_weak_t *weak, napi_env env) {
  for (size_t i = 0; i < weak->capacity; i++) {
    if (weak->places[i].env == env) make_free(weak, i);
  }
}

void ba_weak_end(ba_weak_t *weak) { free(weak->places); }
