/* ----------------------------------------------------------------------------
 * collect_v8: having V8 collect (collect.h), by what it has for tests.
 *
 * V8 does so only while its flag --expose-gc is set, and looks at that as it begins.
 * The flag is the process's, and a context that any thread makes meanwhile has `gc`
 * among its globals: it is set for as long as V8 takes to begin, and what it tells
 * first of a collection takes the flag back. A program that has set the flag itself
 * keeps it: then V8's hash of all flags, which it checks cached code by, stays as it
 * was.
 * ------------------------------------------------------------------------- */
extern "C" {
#include "collect.h"
}
#include "v8_abi.h"

namespace {

using v8::Isolate;
using v8::ScriptCompiler;

thread_local bool is_collecting;
thread_local bool is_exposed;

/* Of all flags, the last time that this one was not set. Under the lock. */
uint32_t hidden_tag;

void Expose() {
  ba_flags_lock();
  const uint32_t tag = ScriptCompiler::CachedDataVersionTag();
  v8::V8::SetFlagsFromString("--expose-gc");
  if (tag != hidden_tag && ScriptCompiler::CachedDataVersionTag() == tag) {
    ba_flags_unlock();
    return;
  }
  hidden_tag = tag;
  is_exposed = true;
}

void Hide() {
  if (!is_exposed) return;
  v8::V8::SetFlagsFromString("--no-expose-gc");
  is_exposed = false;
  ba_flags_unlock();
}

void OnBegin(Isolate *, ba::CollectionType, ba::CollectionFlags) { Hide(); }

} // namespace

bool ba_v8_can_collect(void) {
  return &v8::V8::SetFlagsFromString != nullptr &&
         &ScriptCompiler::CachedDataVersionTag != nullptr &&
         &Isolate::GetCurrent != nullptr && &ba::RequestCollection != nullptr &&
         &ba::AddPrologue != nullptr && &ba::RemovePrologue != nullptr;
}

void ba_v8_collect(bool everything) {
  /* A collection may call finalizers, and those a program that allocates. */
  if (is_collecting) return;
  is_collecting = true;
  Isolate *isolate = Isolate::GetCurrent();
  ba::AddPrologue(isolate, OnBegin, ba::CollectionType::kAll);
  Expose();
  ba::RequestCollection(isolate, everything ? ba::CollectionKind::kFull
                                            : ba::CollectionKind::kMinor);
  Hide();
  ba::RemovePrologue(isolate, OnBegin);
  is_collecting = false;
}
