/* malloc: see malloc.h. */
#include "malloc.h"

#include <stdlib.h>

static void *allocate(size_t size, size_t alignment, uint32_t flags) {
  (void)alignment;
  return (flags & BUFALLOC_ZERO) != 0 ? calloc(1, size) : malloc(size);
}

static void *reallocate(void *block, size_t size) {
  return realloc(block, size > 0 ? size : 1);
}

static void deallocate(void *block) { free(block); }

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

static int give_external(napi_env env, void *block, size_t size,
                         napi_value *result) {
  if (napi_create_external_buffer(env, size, block, finalize, NULL, result) ==
      napi_ok) {
    return BUFALLOC_OK;
  }
  free(block);
  return BUFALLOC_NO_MEMORY;
}

static int give_copy(napi_env env, void *block, size_t size,
                     napi_value *result) {
  napi_status status = napi_create_buffer_copy(env, size, block, NULL, result);
  free(block);
  return status == napi_ok ? BUFALLOC_OK : BUFALLOC_NO_MEMORY;
}

struct bufalloc_pin {
  napi_env env;
  napi_ref reference;
};

static int pin(napi_env env, napi_value buffer, bufalloc_pin **out, void **data,
               size_t *length) {
  *out = NULL;
  if (napi_get_buffer_info(env, buffer, data, length) != napi_ok) {
    return BUFALLOC_INVALID;
  }
  bufalloc_pin *made = malloc(sizeof *made);
  if (made == NULL) return BUFALLOC_NO_MEMORY;
  made->env = env;
  if (napi_create_reference(env, buffer, 1, &made->reference) != napi_ok) {
    free(made);
    return BUFALLOC_NO_MEMORY;
  }
  *out = made;
  return BUFALLOC_OK;
}

static void unpin(bufalloc_pin *pinned) {
  if (pinned == NULL) return;
  (void)napi_delete_reference(pinned->env, pinned->reference);
  free(pinned);
}

const bufalloc_api malloc_external = {
    .allocate = allocate,
    .reallocate = reallocate,
    .deallocate = deallocate,
    .give = give_external,
    .pin = pin,
    .unpin = unpin,
};

const bufalloc_api malloc_copy = {
    .allocate = allocate,
    .reallocate = reallocate,
    .deallocate = deallocate,
    .give = give_copy,
    .pin = pin,
    .unpin = unpin,
};
