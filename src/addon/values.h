/* ----------------------------------------------------------------------------
 * values: arguments and results of the functions that JavaScript calls.
 *
 * Every Node-API status is checked. A call that fails becomes the pending
 * JavaScript exception, or one that names the call. What returns false, or NULL,
 * has an exception pending.
 * ------------------------------------------------------------------------- */
#ifndef BA_VALUES_H
#define BA_VALUES_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BA_MAX_ARGS = 5 };

/* The arguments, `want` at least, and what the function was created with. */
bool ba_get_args(napi_env env, napi_callback_info info, size_t want,
                 napi_value *args, void **data);

/* A number as a size; Infinity and what exceeds size_t become SIZE_MAX. */
bool ba_get_size(napi_env env, napi_value value, size_t *out);

/* The numbers of a Float64Array that has any; NULL with an exception for anything
 * else. */
double *ba_get_numbers(napi_env env, napi_value value, size_t *length);

napi_value ba_number(napi_env env, double value);
napi_value ba_boolean(napi_env env, bool value);
napi_value ba_string(napi_env env, const char *text);

/* Give an object, or an array, a property of its own. */
bool ba_set_property(napi_env env, napi_value object, const char *name,
                     napi_value value);
bool ba_set_element(napi_env env, napi_value array, uint32_t index,
                    napi_value value);

/* Throws an Error that names the call that failed, or says what is wrong, unless
 * an exception is pending. */
void ba_throw(napi_env env, const char *what);

void ba_throw_type_error(napi_env env, const char *message);

/* Returns from a callback with an exception when a Node-API call fails. */
#define BA_CHECK(env, call)   \
  do {                        \
    if ((call) != napi_ok) {  \
      ba_throw((env), #call); \
      return NULL;            \
    }                         \
  } while (0)

#endif
