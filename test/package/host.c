/* ----------------------------------------------------------------------------
 * host: just enough of Node-API to load the addon and have it allocate, for
 * platforms that no Node.js can be had for here (musl).
 *
 *   host ADDON
 *
 * Loads the addon with all its symbols resolved, finds V8's stores refused with
 * the symbols that are missing, makes a heap, has ROUNDS stores of different sizes
 * made by Node-API, filled, and emptied or finalized, and ends the heap. Prints
 * "ok"; exits with 1 at the first thing that is wrong.
 * ------------------------------------------------------------------------- */
#define NAPI_VERSION 8
#include <dlfcn.h>
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FUNCTIONS = 128, MAX_ARGS = 5, ROUNDS = 2000 };

struct napi_value__ {
  double number; /* or a truth value */
  const char *text;
  void *data; /* an ArrayBuffer's, with its finalizer */
  size_t size;
  napi_finalize finalize;
  void *hint;
};

struct napi_callback_info__ {
  void *data; /* the function's */
  size_t count;
  napi_value args[MAX_ARGS];
};

static struct napi_value__ *made; /* what the last call made */
static struct {
  const char *name;
  napi_callback callback;
  void *data;
} functions[MAX_FUNCTIONS];
static size_t function_count;

static void require(int holds, const char *what) {
  if (holds) return;
  (void)fprintf(stderr, "host: %s\n", what);
  exit(1);
}

static napi_status make(double number, void *data, size_t size,
                        napi_value *out) {
  made = calloc(1, sizeof *made);
  require(made != NULL, "no memory");
  made->text = "";
  made->number = number;
  made->data = data;
  made->size = size;
  *out = made;
  return napi_ok;
}

/* --- Node-API ---------------------------------------------------------------- */

napi_status napi_create_function(napi_env env, const char *name, size_t length,
                                 napi_callback callback, void *data,
                                 napi_value *out) {
  (void)env, (void)length;
  require(function_count < MAX_FUNCTIONS, "too many functions");
  functions[function_count].name = name;
  functions[function_count].data = data;
  functions[function_count++].callback = callback;
  return make(0, NULL, 0, out);
}

napi_status napi_get_cb_info(napi_env env, napi_callback_info info,
                             size_t *count, napi_value *args, napi_value *self,
                             void **data) {
  (void)env, (void)self;
  if (args != NULL) memcpy(args, info->args, *count * sizeof *args);
  *count = info->count;
  *data = info->data;
  return napi_ok;
}

napi_status napi_create_external_arraybuffer(napi_env env, void *data,
                                             size_t size,
                                             napi_finalize finalize, void *hint,
                                             napi_value *out) {
  (void)env;
  (void)make(0, data, size, out);
  made->finalize = finalize;
  made->hint = hint;
  return napi_ok;
}

napi_status napi_add_finalizer(napi_env env, napi_value value, void *data,
                               napi_finalize finalize, void *hint,
                               napi_ref *out) {
  (void)env, (void)out;
  value->data = data;
  value->finalize = finalize;
  value->hint = hint;
  return napi_ok;
}

napi_status napi_is_arraybuffer(napi_env env, napi_value value, bool *out) {
  (void)env;
  *out = value->data != NULL;
  return napi_ok;
}

napi_status napi_get_arraybuffer_info(napi_env env, napi_value value,
                                      void **data, size_t *size) {
  (void)env;
  *data = value->data;
  *size = value->size;
  return napi_ok;
}

napi_status napi_detach_arraybuffer(napi_env env, napi_value value) {
  (void)env;
  value->data = NULL;
  value->size = 0;
  return napi_ok;
}

napi_status napi_set_instance_data(napi_env env, void *data, napi_finalize done,
                                   void *hint) {
  (void)env, (void)data, (void)done, (void)hint;
  return napi_ok;
}

napi_status napi_create_double(napi_env env, double number, napi_value *out) {
  (void)env;
  return make(number, NULL, 0, out);
}

napi_status napi_get_boolean(napi_env env, bool truth, napi_value *out) {
  (void)env;
  return make(truth, NULL, 0, out);
}

napi_status napi_get_undefined(napi_env env, napi_value *out) {
  (void)env;
  return make(0, NULL, 0, out);
}

napi_status napi_get_value_double(napi_env env, napi_value value, double *out) {
  (void)env;
  *out = value->number;
  return napi_ok;
}

napi_status napi_get_value_bool(napi_env env, napi_value value, bool *out) {
  (void)env;
  *out = value->number != 0;
  return napi_ok;
}

napi_status napi_define_properties(napi_env env, napi_value object,
                                   size_t count,
                                   const napi_property_descriptor *properties) {
  (void)env, (void)object, (void)count, (void)properties;
  return napi_ok;
}

napi_status napi_create_object(napi_env env, napi_value *out) {
  (void)env;
  return make(0, NULL, 0, out);
}

napi_status napi_create_array_with_length(napi_env env, size_t length,
                                          napi_value *out) {
  (void)env, (void)length;
  return make(0, NULL, 0, out);
}

napi_status napi_create_string_utf8(napi_env env, const char *text,
                                    size_t length, napi_value *out) {
  (void)env, (void)length;
  (void)make(0, NULL, 0, out);
  size_t size = strlen(text) + 1;
  char *copy = malloc(size);
  require(copy != NULL, "no memory");
  memcpy(copy, text, size);
  made->text = copy;
  return napi_ok;
}

napi_status napi_get_value_string_utf8(napi_env env, napi_value value,
                                       char *text, size_t size, size_t *out) {
  (void)env;
  *out = (size_t)snprintf(text, size, "%s", value->text);
  return napi_ok;
}

napi_status napi_get_value_uint32(napi_env env, napi_value value,
                                  uint32_t *out) {
  (void)env;
  *out = (uint32_t)value->number;
  return napi_ok;
}

/* What the script below does not reach. These are called for an error, or for the
 * clock, and their arguments do not matter. */
#define NOT_REACHED(name)                       \
  napi_status host_##name(void) __asm__(#name); \
  napi_status host_##name(void) {               \
    require(0, #name " was called");            \
    return napi_generic_failure;                \
  }
NOT_REACHED(napi_add_async_cleanup_hook)
NOT_REACHED(napi_add_env_cleanup_hook)
NOT_REACHED(napi_call_function)
NOT_REACHED(napi_close_handle_scope)
NOT_REACHED(napi_create_external)
NOT_REACHED(napi_create_reference)
NOT_REACHED(napi_delete_reference)
NOT_REACHED(napi_get_and_clear_last_exception)
NOT_REACHED(napi_get_reference_value)
NOT_REACHED(napi_get_typedarray_info)
NOT_REACHED(napi_get_value_external)
NOT_REACHED(napi_get_uv_event_loop)
NOT_REACHED(napi_is_exception_pending)
NOT_REACHED(napi_open_handle_scope)
NOT_REACHED(napi_remove_async_cleanup_hook)
NOT_REACHED(napi_throw)
NOT_REACHED(napi_throw_error)
NOT_REACHED(napi_throw_type_error)
NOT_REACHED(napi_type_tag_object)

/* --- the script --------------------------------------------------------------- */

static napi_value call(const char *name, struct napi_callback_info__ info) {
  for (size_t i = 0; i < function_count; i++) {
    if (strcmp(functions[i].name, name) == 0) {
      info.data = functions[i].data;
      return functions[i].callback(NULL, &info);
    }
  }
  require(0, name);
  return NULL;
}

static napi_value number(double value) {
  napi_value result;
  (void)make(value, NULL, 0, &result);
  return result;
}

static napi_value string(const char *text) {
  napi_value result;
  (void)napi_create_string_utf8(NULL, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

static const char *use_backend(const char *name) {
  return call("useBackend",
              (struct napi_callback_info__){.count = 1, .args = {string(name)}})
      ->text;
}

static void use_store(napi_value heap, int round) {
  enum { ALIGNMENT = 64, ZERO = 1 };
  size_t size = (size_t)round * 1021 + 1;
  bool zero = round % 2 == 0;
  napi_value flags = number(ALIGNMENT | (zero ? ZERO : 0));
  napi_value store = call(
      "allocate", (struct napi_callback_info__){
                      .count = 3, .args = {heap, number((double)size), flags}});
  require(store->data != NULL && store->size == size, "no store");
  if (zero) {
    const char *bytes = store->data;
    require(bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0,
            "memory that is not zero");
  }
  void *block = store->data;
  memset(block, round, size);
  if (round % 3 != 0) {
    (void)call("free",
               (struct napi_callback_info__){.count = 1, .args = {store}});
  }
  store->finalize(NULL, block, store->hint);
}

int main(int argc, char **argv) {
  require(argc == 2, "usage: host ADDON");
  void *addon = dlopen(argv[1], RTLD_NOW);
  require(addon != NULL, addon == NULL ? dlerror() : "");
  napi_addon_register_func init;
  void *symbol = dlsym(addon, "napi_register_module_v1");
  require(symbol != NULL, "not an addon");
  memcpy(&init, &symbol, sizeof init);
  (void)init(NULL, number(0));
  require(strstr(use_backend("v8"), "v8::ArrayBuffer::New") != NULL,
          "V8's stores without V8");
  require(use_backend("napi")[0] == 0, use_backend("napi"));
  enum { HAS_HEAP = 2 };
  napi_value owner = number(0);
  napi_value heap =
      call("createHeap", (struct napi_callback_info__){
                             .count = 5,
                             .args = {number(1e9), number(64e6),
                                      number(HAS_HEAP), string(""), owner}});
  for (int round = 0; round < ROUNDS; round++) use_store(heap, round);
  (void)call("trim", (struct napi_callback_info__){.count = 1, .args = {heap}});
  napi_value out = call("outBytes", (struct napi_callback_info__){0});
  require(out->number == 0, "stores left over");
  owner->finalize(NULL, owner->data, owner->hint);
  (void)puts("ok");
  return 0;
}
