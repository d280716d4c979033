/* values: see values.h. */
#include "values.h"

#include <stdio.h>

void ba_throw(napi_env env, const char *what) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) return;
  (void)napi_throw_error(env, "ERR_BUFALLOC_NAPI", what);
}

void ba_throw_type_error(napi_env env, const char *message) {
  (void)napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
}

bool ba_get_args(napi_env env, napi_callback_info info, size_t want,
                 napi_value *args, void **data) {
  size_t count = BA_MAX_ARGS;
  if (napi_get_cb_info(env, info, &count, args, NULL, data) != napi_ok) {
    ba_throw(env, "napi_get_cb_info");
    return false;
  }
  if (count >= want) return true;
  (void)napi_throw_type_error(env, "ERR_MISSING_ARGS", "too few arguments");
  return false;
}

bool ba_get_size(napi_env env, napi_value value, size_t *out) {
  double given = -1;
  napi_status status = napi_get_value_double(env, value, &given);
  if (status != napi_ok && status != napi_number_expected) {
    ba_throw(env, "napi_get_value_double");
    return false;
  }
  if (!(given >= 0)) {
    ba_throw_type_error(env, "expected a number that is not negative");
    return false;
  }
  *out = given >= (double)SIZE_MAX ? SIZE_MAX : (size_t)given;
  return true;
}

double *ba_get_numbers(napi_env env, napi_value value, size_t *length) {
  /* An array of a type that is newer than Node-API's list leaves it as it is. */
  napi_typedarray_type type = napi_int8_array;
  void *data;
  BA_CHECK(env, napi_get_typedarray_info(env, value, &type, length, &data, NULL,
                                         NULL));
  if (type == napi_float64_array && *length > 0) return data;
  ba_throw_type_error(env, "expected a Float64Array with room");
  return NULL;
}

napi_value ba_number(napi_env env, double value) {
  napi_value result;
  BA_CHECK(env, napi_create_double(env, value, &result));
  return result;
}

napi_value ba_boolean(napi_env env, bool value) {
  napi_value result;
  BA_CHECK(env, napi_get_boolean(env, value, &result));
  return result;
}

napi_value ba_string(napi_env env, const char *text) {
  napi_value result;
  BA_CHECK(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result));
  return result;
}

/* Whatever setters a program has put on the prototypes. */
bool ba_set_property(napi_env env, napi_value object, const char *name,
                     napi_value value) {
  if (value == NULL) return false;
  const napi_property_descriptor property = {
      .utf8name = name,
      .value = value,
      .attributes = napi_default_jsproperty,
  };
  if (napi_define_properties(env, object, 1, &property) == napi_ok) return true;
  ba_throw(env, "napi_define_properties");
  return false;
}

bool ba_set_element(napi_env env, napi_value array, uint32_t index,
                    napi_value value) {
  char name[sizeof "4294967295"];
  (void)snprintf(name, sizeof name, "%u", (unsigned)index);
  return ba_set_property(env, array, name, value);
}
