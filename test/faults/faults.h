/* ----------------------------------------------------------------------------
 * faults: the calls that the addon makes of others, any of which can be made to
 * fail. Included in front of every file of src/ by the build that test/faults.js
 * loads (test/addon/binding.gyp).
 *
 *   os       the primitives of src/os/os.h, by way of the hook that they have
 *   libc     malloc, calloc, realloc
 *   napi     every function of Node-API that src/ calls, but for
 *            napi_remove_async_cleanup_hook, without which no environment ends
 *   half     napi_create_external_arraybuffer makes the ArrayBuffer and reports a
 *            failure all the same, as Node-API does when the environment is
 *            stopped
 *   backing  V8 has no backing store over the memory
 *   empty    V8 has one, and no ArrayBuffer over it
 *
 * A call that is made to fail does nothing and reports it: NULL, -1, or
 * napi_generic_failure. The exception is the external ArrayBuffer, which is
 * refused with napi_no_external_buffers_allowed: of a generic failure Node-API
 * says that the memory is taken over.
 * ------------------------------------------------------------------------- */
#ifndef BA_TEST_FAULTS_H
#define BA_TEST_FAULTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef enum ba_fault_kind {
  BA_FAULT_OS,
  BA_FAULT_LIBC,
  BA_FAULT_NAPI,
  BA_FAULT_HALF,
  BA_FAULT_BACKING,
  BA_FAULT_EMPTY,
  BA_FAULT_COUNT
} ba_fault_kind_t;

#ifdef __cplusplus
extern "C" {
#endif

/* Counts a call; true if it is to fail. */
bool ba_fault(ba_fault_kind_t kind);

/* Adds the functions of faults.c to the addon's own. */
napi_value ba_fault_init(napi_env env, napi_value exports,
                         napi_value (*init)(napi_env, napi_value));

#ifdef __cplusplus
}
#endif

/* In the place of src/os/fault.h, whose guard this is: counts as well. */
#define BA_OS_FAULT_H
static inline bool os_fault(void) { return ba_fault(BA_FAULT_OS); }

/* A macro does not expand within itself, nor where its name is in brackets. */
#define malloc(size) (ba_fault(BA_FAULT_LIBC) ? NULL : malloc(size))
#define calloc(count, size) \
  (ba_fault(BA_FAULT_LIBC) ? NULL : calloc(count, size))
#define realloc(memory, size) \
  (ba_fault(BA_FAULT_LIBC) ? NULL : realloc(memory, size))

#define BA_FAULTY(call) \
  (ba_fault(BA_FAULT_NAPI) ? napi_generic_failure : (call))
#define napi_add_async_cleanup_hook(...) \
  BA_FAULTY(napi_add_async_cleanup_hook(__VA_ARGS__))
#define napi_add_env_cleanup_hook(...) \
  BA_FAULTY(napi_add_env_cleanup_hook(__VA_ARGS__))
#define napi_add_finalizer(...) BA_FAULTY(napi_add_finalizer(__VA_ARGS__))
#define napi_call_function(...) BA_FAULTY(napi_call_function(__VA_ARGS__))
#define napi_close_handle_scope(...) \
  BA_FAULTY(napi_close_handle_scope(__VA_ARGS__))
#define napi_create_array_with_length(...) \
  BA_FAULTY(napi_create_array_with_length(__VA_ARGS__))
#define napi_create_double(...) BA_FAULTY(napi_create_double(__VA_ARGS__))
#define napi_create_external(...) BA_FAULTY(napi_create_external(__VA_ARGS__))
#define napi_create_function(...) BA_FAULTY(napi_create_function(__VA_ARGS__))
#define napi_create_object(...) BA_FAULTY(napi_create_object(__VA_ARGS__))
#define napi_create_reference(...) BA_FAULTY(napi_create_reference(__VA_ARGS__))
#define napi_create_string_utf8(...) \
  BA_FAULTY(napi_create_string_utf8(__VA_ARGS__))
#define napi_define_properties(...) \
  BA_FAULTY(napi_define_properties(__VA_ARGS__))
#define napi_delete_reference(...) BA_FAULTY(napi_delete_reference(__VA_ARGS__))
#define napi_detach_arraybuffer(...) \
  BA_FAULTY(napi_detach_arraybuffer(__VA_ARGS__))
#define napi_get_and_clear_last_exception(...) \
  BA_FAULTY(napi_get_and_clear_last_exception(__VA_ARGS__))
#define napi_get_arraybuffer_info(...) \
  BA_FAULTY(napi_get_arraybuffer_info(__VA_ARGS__))
#define napi_get_boolean(...) BA_FAULTY(napi_get_boolean(__VA_ARGS__))
#define napi_get_cb_info(...) BA_FAULTY(napi_get_cb_info(__VA_ARGS__))
#define napi_get_reference_value(...) \
  BA_FAULTY(napi_get_reference_value(__VA_ARGS__))
#define napi_get_typedarray_info(...) \
  BA_FAULTY(napi_get_typedarray_info(__VA_ARGS__))
#define napi_get_undefined(...) BA_FAULTY(napi_get_undefined(__VA_ARGS__))
#define napi_get_uv_event_loop(...) \
  BA_FAULTY(napi_get_uv_event_loop(__VA_ARGS__))
#define napi_get_value_bool(...) BA_FAULTY(napi_get_value_bool(__VA_ARGS__))
#define napi_get_value_double(...) BA_FAULTY(napi_get_value_double(__VA_ARGS__))
#define napi_get_value_external(...) \
  BA_FAULTY(napi_get_value_external(__VA_ARGS__))
#define napi_get_value_string_utf8(...) \
  BA_FAULTY(napi_get_value_string_utf8(__VA_ARGS__))
#define napi_get_value_uint32(...) BA_FAULTY(napi_get_value_uint32(__VA_ARGS__))
#define napi_is_arraybuffer(...) BA_FAULTY(napi_is_arraybuffer(__VA_ARGS__))
#define napi_is_exception_pending(...) \
  BA_FAULTY(napi_is_exception_pending(__VA_ARGS__))
#define napi_open_handle_scope(...) \
  BA_FAULTY(napi_open_handle_scope(__VA_ARGS__))
#define napi_set_instance_data(...) \
  BA_FAULTY(napi_set_instance_data(__VA_ARGS__))
#define napi_throw(...) BA_FAULTY(napi_throw(__VA_ARGS__))
#define napi_throw_error(...) BA_FAULTY(napi_throw_error(__VA_ARGS__))
#define napi_throw_type_error(...) BA_FAULTY(napi_throw_type_error(__VA_ARGS__))
#define napi_type_tag_object(...) BA_FAULTY(napi_type_tag_object(__VA_ARGS__))

/* The seams of src/addon/store_v8.cc. */
#define BA_V8_FAULTS
#define BA_V8_FAULT_BACKING ba_fault(BA_FAULT_BACKING)
#define BA_V8_FAULT_EMPTY ba_fault(BA_FAULT_EMPTY)

static inline napi_status ba_fault_external(napi_env env, void *data,
                                            size_t size, napi_finalize finalize,
                                            void *hint, napi_value *out) {
  if (ba_fault(BA_FAULT_NAPI)) return napi_no_external_buffers_allowed;
  napi_status status =
      napi_create_external_arraybuffer(env, data, size, finalize, hint, out);
  return ba_fault(BA_FAULT_HALF) && status == napi_ok ? napi_generic_failure
                                                      : status;
}
#define napi_create_external_arraybuffer ba_fault_external

#undef NAPI_MODULE
#define NAPI_MODULE(name, init) \
  NAPI_MODULE_INIT() { return ba_fault_init(env, exports, init); }

#endif
