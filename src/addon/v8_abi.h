/* ----------------------------------------------------------------------------
 * v8_abi: what the addon uses of V8, declared by hand.
 *
 * One binary serves every version of Node, so that it cannot be compiled against
 * the v8.h of any. These are the declarations that V8 11.3 to 14.6 have in
 * common; test/v8-abi.test.js compares them with the v8.h of each version. All
 * symbols are weak: null where the runtime lacks them.
 *
 * No header of the C++ library is included and nothing of it is linked: its
 * std::shared_ptr would ask for a glibc of 2.32. The two smart pointers are
 * declared here as libstdc++ lays them out. A runtime built with another library
 * mangles their names otherwise, and so lacks these symbols.
 * ------------------------------------------------------------------------- */
#ifndef BA_V8_ABI_H
#define BA_V8_ABI_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define BA_WEAK __attribute__((weak))

namespace v8 {
class BackingStore;
}

namespace ba {

/* What the owners of a BackingStore share: libstdc++'s _Sp_counted_base, with our
 * own memory behind it. The functions stand in the order of its table, the two
 * of a destructor first, which no owner calls. All owners together count as one
 * observer. */
class Owners final {
 public:
  virtual void CompleteDestructor() noexcept;
  virtual void DeletingDestructor() noexcept;
  virtual void Dispose() noexcept; /* the last owner is gone */
  virtual void Destroy() noexcept; /* and the last observer */
  virtual void *GetDeleter(const void *type) noexcept;

  void Release() noexcept {
    if (__atomic_fetch_sub(&owners_, 1, __ATOMIC_ACQ_REL) != 1) return;
    Dispose();
    if (__atomic_fetch_sub(&observers_, 1, __ATOMIC_ACQ_REL) == 1) Destroy();
  }

  int Count() const noexcept {
    return __atomic_load_n(&owners_, __ATOMIC_ACQUIRE);
  }

  static void *operator new(size_t size) noexcept { return malloc(size); }
  static void operator delete(void *memory) noexcept { free(memory); }

 private:
  int owners_ = 1;
  int observers_ = 1;

 public:
  v8::BackingStore *store = nullptr;
};

} // namespace ba

namespace std {

/* A destructor that is not trivial has it returned by address. */
template <class T>
struct default_delete;
template <class T, class D = default_delete<T>>
class unique_ptr {
 public:
  unique_ptr(const unique_ptr &) = delete;
  unique_ptr &operator=(const unique_ptr &) = delete;
  ~unique_ptr() {}

  /* Every one that is got is asked for what it owns, once. */
  T *release() { return pointer_; }

 private:
  T *pointer_;
};

/* Passed and returned by address: the callee may take what it owns, and leave it
 * empty. */
template <class T>
class shared_ptr {
 public:
  shared_ptr(T *pointer, ba::Owners *owners)
      : pointer_(pointer), owners_(owners) {}
  shared_ptr(const shared_ptr &other) = delete;
  shared_ptr(shared_ptr &&other) noexcept
      : pointer_(other.pointer_), owners_(other.owners_) {
    other.pointer_ = nullptr;
    other.owners_ = nullptr;
  }
  shared_ptr &operator=(const shared_ptr &) = delete;
  ~shared_ptr() {
    if (owners_ != nullptr) owners_->Release();
  }

  long use_count() const { return owners_ == nullptr ? 0 : owners_->Count(); }

 private:
  T *pointer_;
  ba::Owners *owners_;
};

} // namespace std

namespace v8 {

class Value;

/* A handle is the address of its slot, as a napi_value is. */
template <class T>
struct Local {
  T *slot;
};

template <class T>
struct Maybe {
  bool has_value;
  T value;
};

class Isolate {
 public:
  BA_WEAK static Isolate *GetCurrent();
};

class ArrayBuffer {
 public:
  BA_WEAK static std::unique_ptr<BackingStore> NewBackingStore(
      void *data, size_t length,
      void (*deleter)(void *data, size_t length, void *hint), void *hint);
  BA_WEAK static Local<ArrayBuffer> New(Isolate *isolate,
                                        std::shared_ptr<BackingStore> store);
};

class V8 {
 public:
  BA_WEAK static void SetFlagsFromString(const char *flags);
};

class ScriptCompiler {
 public:
  BA_WEAK static uint32_t CachedDataVersionTag();
};

} // namespace v8

/* Members, which take `this` first, and `delete` of a BackingStore, as v8.h has it.
 * They go by their symbols: whether a member is there C++ does not let one ask. */
namespace ba {
BA_WEAK bool IsDetachable(const v8::ArrayBuffer *buffer) __asm__(
    "_ZNK2v811ArrayBuffer12IsDetachableEv");
BA_WEAK v8::Maybe<bool>
Detach(v8::ArrayBuffer *buffer, v8::Local<v8::Value> key) __asm__(
    "_ZN2v811ArrayBuffer6DetachENS_5LocalINS_5ValueEEE");
BA_WEAK std::shared_ptr<v8::BackingStore> GetBackingStore(
    v8::ArrayBuffer *buffer) __asm__("_ZN2v811ArrayBuffer15GetBackingStoreEv");
BA_WEAK void DestroyBackingStore(v8::BackingStore *store) __asm__(
    "_ZN2v812BackingStoreD1Ev");
BA_WEAK void OperatorDelete(void *memory) __asm__("_ZdlPv");

/* What V8 calls at a collection: with its kind and flags, enumerations there. */
using OnCollection = void (*)(v8::Isolate *isolate, unsigned kind,
                              unsigned flags, void *data);
/* Kinds, to choose from by adding. */
enum : unsigned { FULL = 1 << 2, MARKING = 1 << 3 };

using Add = void(v8::Isolate *isolate, OnCollection callback, void *data,
                 unsigned kinds);
using Remove = void(v8::Isolate *isolate, OnCollection callback, void *data);
BA_WEAK Add AddPrologue __asm__(
    "_ZN2v87Isolate21AddGCPrologueCallback"
    "EPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_S2_");
BA_WEAK Remove RemovePrologue __asm__(
    "_ZN2v87Isolate24RemoveGCPrologueCallback"
    "EPFvPS0_NS_6GCTypeENS_15GCCallbackFlagsEPvES4_");
} // namespace ba

#endif
