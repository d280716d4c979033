/* faults: see faults.h. The counts are the process's, so that one thread can have
 * another's calls fail, those of loading the addon included. The names in
 * brackets are those of the functions, not of the macros. */
#include "faults.h"

#include <stdatomic.h>
#include <stdint.h>

static struct {
  _Atomic uint32_t calls; /* since it was last armed */
  _Atomic uint32_t first; /* the first call to fail; 0 for none */
  _Atomic uint32_t times; /* how many do */
} faults[BA_FAULT_COUNT];

bool ba_fault(ba_fault_kind_t kind) {
  uint32_t call = atomic_fetch_add(&faults[kind].calls, 1) + 1;
  uint32_t first = atomic_load(&faults[kind].first);
  return first != 0 && call >= first &&
         call - first < atomic_load(&faults[kind].times);
}

/* fault(kind, first, times) -> calls since this was last called for the kind.
 * Has `times` calls fail from the `first` from now on; 0 is none. */
static napi_value fault(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value args[3];
  uint32_t values[3] = {0, 0, 0};
  napi_value result;
  if ((napi_get_cb_info)(env, info, &count, args, NULL, NULL) != napi_ok) {
    return NULL;
  }
  for (size_t i = 0; i < 3; i++) {
    if ((napi_get_value_uint32)(env, args[i], &values[i]) != napi_ok)
      return NULL;
  }
  if (values[0] >= BA_FAULT_COUNT) return NULL;
  atomic_store(&faults[values[0]].first, 0);
  uint32_t calls = atomic_exchange(&faults[values[0]].calls, 0);
  atomic_store(&faults[values[0]].times, values[2]);
  atomic_store(&faults[values[0]].first, values[1]);
  return napi_create_uint32(env, calls, &result) == napi_ok ? result : NULL;
}

napi_value ba_fault_init(napi_env env, napi_value exports,
                         napi_value (*init)(napi_env, napi_value)) {
  napi_value function;
  if ((napi_create_function)(env, "fault", NAPI_AUTO_LENGTH, fault, NULL,
                             &function) != napi_ok ||
      (napi_set_named_property)(env, exports, "fault", function) != napi_ok) {
    return NULL;
  }
  return init(env, exports);
}
