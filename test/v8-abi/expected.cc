/* ----------------------------------------------------------------------------
 * v8-abi: the very functions that src/addon/v8_abi.h declares, by the v8.h of one
 * version of Node. Compiled and never run: what is written here must be true for
 * it to compile, and the symbols that the object asks for are those that the
 * addon may ask for (test/v8-abi.test.js).
 * ------------------------------------------------------------------------- */
#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

/* Passed and returned in a register, as a pointer is. */
template <class T>
constexpr bool kIsWord = sizeof(T) == sizeof(void *) &&
                         std::is_trivially_copy_constructible_v<T>
                             &&std::is_trivially_move_constructible_v<T>
                                 &&std::is_trivially_destructible_v<T>;

static_assert(kIsWord<v8::Local<v8::ArrayBuffer>>);
static_assert(kIsWord<v8::Local<v8::Value>>);

/* Two bytes in a register. */
static_assert(sizeof(v8::Maybe<bool>) == 2);
static_assert(std::is_trivially_copyable_v<v8::Maybe<bool>>);

/* Passed and returned by address, and what is at that address. */
using Unique = std::unique_ptr<v8::BackingStore>;
using Shared = std::shared_ptr<v8::BackingStore>;
static_assert(!std::is_trivially_destructible_v<Unique>);
static_assert(sizeof(Unique) == sizeof(void *));
static_assert(!std::is_trivially_destructible_v<Shared>);
static_assert(sizeof(Shared) == 2 * sizeof(void *));

/* What the owners of a Shared share, up to what is our own. */
using Count = std::_Sp_counted_base<__gnu_cxx::_S_atomic>;
static_assert(__gnu_cxx::__default_lock_policy == __gnu_cxx::_S_atomic);
static_assert(sizeof(Count) == sizeof(void *) + 2 * sizeof(int));

/* Each with just the type that it has there, results included. */
v8::Isolate *(*const get_current)() = &v8::Isolate::GetCurrent;

Unique (*const new_backing_store)(void *, size_t,
                                  void (*)(void *, size_t, void *),
                                  void *) = &v8::ArrayBuffer::NewBackingStore;

v8::Local<v8::ArrayBuffer> (*const new_array_buffer)(v8::Isolate *, Shared) =
    &v8::ArrayBuffer::New;

bool (v8::ArrayBuffer::*const is_detachable)() const =
    &v8::ArrayBuffer::IsDetachable;

Shared (v8::ArrayBuffer::*const get_backing_store)() =
    &v8::ArrayBuffer::GetBackingStore;

v8::Maybe<bool> (v8::ArrayBuffer::*const detach)(v8::Local<v8::Value>) =
    &v8::ArrayBuffer::Detach;

void (*const set_flags)(const char *) = &v8::V8::SetFlagsFromString;
uint32_t (*const flags_tag)() = &v8::ScriptCompiler::CachedDataVersionTag;

using OnCollection = void(v8::Isolate *, v8::GCType, v8::GCCallbackFlags,
                          void *);
void (v8::Isolate::*const add_prologue)(OnCollection *, void *, v8::GCType) =
    &v8::Isolate::AddGCPrologueCallback;
void (v8::Isolate::*const remove_prologue)(OnCollection *, void *) =
    &v8::Isolate::RemoveGCPrologueCallback;

/* An enumeration is passed as its number. */
static_assert(sizeof(v8::GCType) == sizeof(unsigned));
static_assert(sizeof(v8::GCCallbackFlags) == sizeof(unsigned));
static_assert(v8::kGCTypeMarkSweepCompact == 1 << 2);
static_assert(v8::kGCTypeIncrementalMarking == 1 << 3);

/* All of them used, so that their symbols are asked for. */
const void *Use(int which, v8::BackingStore *store) {
  static const void *const table[] = {
      &get_current,   &new_backing_store, &new_array_buffer,
      &is_detachable, &get_backing_store, &detach,
      &set_flags,     &add_prologue,      &remove_prologue,
  };
  delete store;
  return table[which];
}
