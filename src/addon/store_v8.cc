/* ----------------------------------------------------------------------------
 * store_v8: stores made by V8 itself (store.h, v8_abi.h).
 *
 * A store is a BackingStore of V8's over the block, with a function of ours to
 * return it, and an ArrayBuffer over that. V8 calls the function when no
 * ArrayBuffer and no operation shows the memory any longer: on the thread that
 * detaches, on one of V8's own after a collection, on whatever thread the memory
 * was moved to; perhaps long after the environment is gone.
 *
 * V8 has a BackingStore owned by std::shared_ptr. What its owners share is made
 * here and laid out as libstdc++ does (v8_abi.h), so that of libstdc++ itself
 * nothing is called but the operator delete that belongs to V8's own new.
 *
 * The addon loads where there is nothing of all this; then `check` says so.
 * ------------------------------------------------------------------------- */
#include <stdint.h>
#include <stdio.h>

extern "C" {
#include "../heap/heap.h"
}
#include "store.h"
#include "v8_abi.h"

/* What a test can have fail (test/faults/faults.h): no backing store to be had;
 * an ArrayBuffer that is none. */
#ifndef BA_V8_FAULTS
#define BA_V8_FAULT_BACKING false
#define BA_V8_FAULT_EMPTY false
#endif

namespace {

using v8::ArrayBuffer;
using Deleter = void (*)(void *data, size_t length, void *hint);

/* V8 ends the process for what is longer: JSArrayBuffer::kMaxByteLength. */
constexpr uint64_t kMaxByteLength =
    sizeof(size_t) == 8 ? (UINT64_C(1) << 53) - 1 : INT32_MAX;

ArrayBuffer *ToArrayBuffer(napi_value value) {
  return reinterpret_cast<ArrayBuffer *>(value);
}

/* Shows memory as an ArrayBuffer. When that fails the deleter has been called. */
napi_value Show(void *data, size_t length, Deleter deleter, void *hint) {
  auto *owners = new ba::Owners;
  if (owners != nullptr && !BA_V8_FAULT_BACKING) {
    owners->store =
        ArrayBuffer::NewBackingStore(data, length, deleter, hint).release();
  }
  if (owners == nullptr || owners->store == nullptr) {
    delete owners;
    deleter(data, length, hint);
    return nullptr;
  }
  using Owner = std::shared_ptr<v8::BackingStore>;
  if (BA_V8_FAULT_EMPTY) {
    Owner(owners->store, owners);
    return nullptr;
  }
  auto made =
      ArrayBuffer::New(v8::Isolate::GetCurrent(), Owner(owners->store, owners));
  return reinterpret_cast<napi_value>(made.slot);
}

/* --- whether it can be had --------------------------------------------------- */

bool HasDetach() {
  return &ba::IsDetachable != nullptr && &ba::Detach != nullptr;
}

/* What is missing is named in `why`. */
bool HasSymbols(char *why, size_t why_size) {
  const struct {
    const char *name;
    bool there;
  } symbols[] = {
      {"v8::Isolate::GetCurrent", &v8::Isolate::GetCurrent != nullptr},
      {"v8::ArrayBuffer::NewBackingStore",
       &ArrayBuffer::NewBackingStore != nullptr},
      {"v8::ArrayBuffer::New", &ArrayBuffer::New != nullptr},
      {"v8::ArrayBuffer::Detach", HasDetach()},
      {"v8::ArrayBuffer::GetBackingStore", &ba::GetBackingStore != nullptr},
      {"v8::BackingStore::~BackingStore", &ba::DestroyBackingStore != nullptr},
      {"operator delete", &ba::OperatorDelete != nullptr},
  };
  int length = snprintf(why, why_size, "this runtime lacks V8's symbols");
  bool all = true;
  for (const auto &symbol : symbols) {
    if (symbol.there) continue;
    length += snprintf(why + length, why_size - length, "%s %s",
                       all ? ":" : ",", symbol.name);
    all = false;
  }
  return all;
}

/* Memory that is shown as a test, and how often it came back. */
struct Trial {
  int returns = 0;
  unsigned char memory[64];

  static void *operator new(size_t size) noexcept { return malloc(size); }
  static void operator delete(void *trial) noexcept { free(trial); }
};

void NoteTrial(void *, size_t, void *hint) {
  static_cast<Trial *>(hint)->returns++;
}

void DeleteTrial(void *, size_t, void *hint) {
  delete static_cast<Trial *>(hint);
}

/* What is wrong with a backing store that V8 makes; nullptr if nothing is. */
const char *TryBackingStore() {
  Trial trial;
  v8::BackingStore *store =
      ArrayBuffer::NewBackingStore(trial.memory, sizeof trial.memory, NoteTrial,
                                   &trial)
          .release();
  if (store == nullptr) return "no backing store";
  ba::DestroyBackingStore(store);
  ba::OperatorDelete(store);
  return trial.returns == 1 ? nullptr : "its memory did not come back";
}

/* What is wrong with an ArrayBuffer over one. It is left to be collected: the
 * first that is detached makes all loops over typed arrays slower, for V8 then
 * looks whether theirs is. */
const char *TryArrayBuffer(napi_env env) {
  void *data = nullptr;
  size_t length = 0;
  auto *trial = new Trial;
  if (trial == nullptr) return "no memory";
  napi_value buffer =
      Show(trial->memory, sizeof trial->memory, DeleteTrial, trial);
  if (buffer == nullptr) return "no ArrayBuffer";
  if (napi_get_arraybuffer_info(env, buffer, &data, &length) != napi_ok) {
    return "napi_get_arraybuffer_info";
  }
  return data == trial->memory && length == sizeof trial->memory
             ? nullptr
             : "it has another address or length";
}

bool Check(napi_env env, char *why, size_t why_size) {
  static bool checked; /* for the process */
  if (__atomic_load_n(&checked, __ATOMIC_ACQUIRE)) return true;
  /* Where external ArrayBuffers are not allowed, V8 would end the process. */
  if (!HasSymbols(why, why_size) || !ba_store_napi.check(env, why, why_size)) {
    return false;
  }
  const char *wrong = TryBackingStore();
  if (wrong == nullptr) wrong = TryArrayBuffer(env);
  if (wrong != nullptr) {
    snprintf(why, why_size, "self-test failed: %s", wrong);
    return false;
  }
  __atomic_store_n(&checked, true, __ATOMIC_RELEASE);
  return true;
}

/* --- the table ----------------------------------------------------------------- */

bool Open(void **state) {
  *state = nullptr;
  return true;
}

void Close(void *) {}

void Return(void *data, size_t length, void *hint) {
  ba_store_return(static_cast<ba_ticket_t *>(hint), data, length);
}

int Make(napi_env, void *, ba_ticket_t *ticket, void *block, size_t size,
         napi_value *out) {
  if (size > kMaxByteLength) {
    ba_store_return(ticket, block, size);
    return BA_EINVAL;
  }
  *out = Show(block, size, Return, ticket);
  return *out == nullptr ? BA_ENOMEM : BA_OK;
}

int Empty(napi_env env, void *, napi_value buffer, void *, size_t) {
  return ba_store_detach(env, buffer);
}

} // namespace

const ba_store_ops_t ba_store_v8 = {"v8", Check, Open, Close, Make, Empty};

bool ba_store_has_detach_v8(void) { return HasDetach(); }

int ba_store_detach_v8(napi_value buffer) {
  if (!ba::IsDetachable(ToArrayBuffer(buffer))) return BA_EUNDETACHABLE;
  /* It throws if there is a detach key. */
  const v8::Maybe<bool> done = ba::Detach(ToArrayBuffer(buffer), {nullptr});
  return done.has_value ? BA_OK : BA_EPENDING;
}

int ba_store_recycle_v8(napi_value buffer, napi_value *out) {
  *out = nullptr;
  auto store = ba::GetBackingStore(ToArrayBuffer(buffer));
  /* The ArrayBuffer's and this one; an operation may have another. */
  if (store.use_count() != 2) return BA_OK;
  const int status = ba_store_detach_v8(buffer);
  if (status != BA_OK) return status;
  auto made = ArrayBuffer::New(v8::Isolate::GetCurrent(),
                               static_cast<decltype(store) &&>(store));
  *out = reinterpret_cast<napi_value>(made.slot);
  return BA_OK;
}

/* --- flags ------------------------------------------------------------------- */

/* A flag's value cannot be asked for, but code that V8 caches is good for the same flags alone. */
int ba_v8_expose_gc(bool exposed) {
  if (&v8::V8::SetFlagsFromString == nullptr ||
      &v8::ScriptCompiler::CachedDataVersionTag == nullptr) {
    return -1;
  }
  const uint32_t before = v8::ScriptCompiler::CachedDataVersionTag();
  v8::V8::SetFlagsFromString(exposed ? "--expose-gc" : "--no-expose-gc");
  return v8::ScriptCompiler::CachedDataVersionTag() != before;
}

/* --- marking -------------------------------------------------------------------- */

struct ba_v8_marking {
  v8::Isolate *isolate;
  bool now;
  uint32_t full_collections;

  static void *operator new(size_t size) noexcept { return malloc(size); }
  static void operator delete(void *marking) noexcept { free(marking); }
};

/* When V8 begins to mark; and to collect, with which that ends before the program
 * goes on. */
static void OnCollection(v8::Isolate *, unsigned kind, unsigned, void *data) {
  auto *marking = static_cast<ba_v8_marking_t *>(data);
  marking->now = kind == ba::MARKING;
  if (!marking->now) marking->full_collections++;
}

ba_v8_marking_t *ba_v8_watch_marking(void) {
  if (&v8::Isolate::GetCurrent == nullptr || &ba::AddPrologue == nullptr ||
      &ba::RemovePrologue == nullptr) {
    return nullptr;
  }
  auto *marking = new ba_v8_marking_t;
  if (marking == nullptr) return nullptr;
  *marking = {v8::Isolate::GetCurrent(), false, 0};
  ba::AddPrologue(marking->isolate, OnCollection, marking,
                  ba::MARKING | ba::FULL);
  return marking;
}

void ba_v8_unwatch_marking(ba_v8_marking_t *marking) {
  if (marking == nullptr) return;
  ba::RemovePrologue(marking->isolate, OnCollection, marking);
  delete marking;
}

bool ba_v8_is_marking(const ba_v8_marking_t *marking) {
  return marking != nullptr && marking->now;
}

uint32_t ba_v8_full_collections(const ba_v8_marking_t *marking) {
  return marking == nullptr ? 0 : marking->full_collections;
}

/* --- what its owners share ----------------------------------------------------- */

namespace ba {

void Owners::CompleteDestructor() noexcept {}
void Owners::DeletingDestructor() noexcept {}

void Owners::Dispose() noexcept {
  ba::DestroyBackingStore(store);
  ba::OperatorDelete(store);
}

void Owners::Destroy() noexcept { delete this; }

void *Owners::GetDeleter(const void *) noexcept { return nullptr; }

} // namespace ba
