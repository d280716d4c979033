/* weak: see weak.h. */
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

napi_value ba_weak_get(const ba_weak_t *weak, napi_env env, size_t place) {
  napi_value object = NULL;
  if (place >= weak->capacity || weak->places[place].env != env ||
      napi_get_reference_value(env, weak->places[place].reference, &object) !=
          napi_ok) {
    return NULL;
  }
  return object;
}

/* Sees to a free place; false for want of memory. */
static bool make_room(ba_weak_t *weak) {
  if (weak->free < weak->capacity) return true;
  size_t before = weak->capacity;
  size_t capacity = before == 0 ? MIN_CAPACITY : before * 2;
  ba_weak_place_t *places = realloc(weak->places, capacity * sizeof *places);
  if (places == NULL) return false;
  weak->free = SIZE_MAX;
  weak->places = places;
  weak->capacity = capacity;
  for (size_t i = capacity; i-- > before;) make_free(weak, i);
  return true;
}

int64_t ba_weak_add(ba_weak_t *weak, napi_env env, napi_value object) {
  napi_ref reference;
  if (!make_room(weak)) return BA_ENOMEM;
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
    napi_value item = ba_weak_get(weak, env, i);
    if (item == NULL) {
      drop(weak, i);
      continue;
    }
    if (!ba_set_element(env, list, count++, item)) return NULL;
  }
  return list;
}

void ba_weak_forget(ba_weak_t *weak, napi_env env) {
  for (size_t i = 0; i < weak->capacity; i++) {
    if (weak->places[i].env == env) drop(weak, i);
  }
}

void ba_weak_end(ba_weak_t *weak) { free(weak->places); }
