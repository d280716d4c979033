/* ----------------------------------------------------------------------------
 * test addon: what another project's addon sees of our Buffers.
 *
 * It knows nothing of bufalloc. It takes a Buffer or an ArrayBuffer the way
 * node-addon-api hands them out, says where the bytes are, sums them up, and
 * writes them, from JavaScript's thread and from a thread of libuv's pool. It also
 * does what no addon should: write beside a buffer, and later than it may.
 * ------------------------------------------------------------------------- */
#include <napi.h>

#include <cstddef>
#include <cstdint>
#ifndef _WIN32
#include <unistd.h>
#endif

namespace {

constexpr uint32_t kAdlerModulus = 65521;

/* Adler-32 (RFC 1950), so that JavaScript can sum the same bytes by itself. */
uint32_t Checksum(const uint8_t *bytes, size_t length) {
  uint32_t low = 1;
  uint32_t high = 0;
  for (size_t i = 0; i < length; i++) {
    low = (low + bytes[i]) % kAdlerModulus;
    high = (high + low) % kAdlerModulus;
  }
  return (high << 16) | low;
}

/* Writes seed, seed + 1, seed + 2, … modulo 256. */
void Write(uint8_t *bytes, size_t length, uint8_t seed) {
  for (size_t i = 0; i < length; i++) {
    bytes[i] = static_cast<uint8_t>(seed + i);
  }
}

Napi::Object Describe(Napi::Env env, const uint8_t *bytes, size_t length) {
  const uint64_t address =
      static_cast<uint64_t>(reinterpret_cast<uintptr_t>(bytes));
  Napi::Object result = Napi::Object::New(env);
  result.Set("address", Napi::BigInt::New(env, address));
  result.Set("length", Napi::Number::New(env, static_cast<double>(length)));
  result.Set("checksum", Napi::Number::New(env, Checksum(bytes, length)));
  return result;
}

/* True if the first argument is a Buffer; otherwise a TypeError is pending. */
bool RequireBuffer(const Napi::CallbackInfo &info) {
  if (info.Length() > 0 && info[0].IsBuffer()) {
    return true;
  }
  Napi::TypeError::New(info.Env(), "a Buffer is expected")
      .ThrowAsJavaScriptException();
  return false;
}

uint8_t SeedOf(const Napi::CallbackInfo &info) {
  return static_cast<uint8_t>(info[1].ToNumber().Uint32Value());
}

/* describeBuffer(buffer) -> { address, length, checksum } */
Napi::Value DescribeBuffer(const Napi::CallbackInfo &info) {
  if (!RequireBuffer(info)) {
    return info.Env().Undefined();
  }
  auto buffer = info[0].As<Napi::Buffer<uint8_t>>();
  return Describe(info.Env(), buffer.Data(), buffer.Length());
}

/* describeArrayBuffer(arrayBuffer) -> { address, length, checksum } */
Napi::Value DescribeArrayBuffer(const Napi::CallbackInfo &info) {
  if (info.Length() < 1 || !info[0].IsArrayBuffer()) {
    Napi::TypeError::New(info.Env(), "an ArrayBuffer is expected")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  auto store = info[0].As<Napi::ArrayBuffer>();
  return Describe(info.Env(), static_cast<const uint8_t *>(store.Data()),
                  store.ByteLength());
}

/* write(buffer, seed): fills the buffer here and now. */
Napi::Value WriteNow(const Napi::CallbackInfo &info) {
  if (RequireBuffer(info)) {
    auto buffer = info[0].As<Napi::Buffer<uint8_t>>();
    Write(buffer.Data(), buffer.Length(), SeedOf(info));
  }
  return info.Env().Undefined();
}

/* Fills a buffer from a thread of the pool. It holds the Buffer meanwhile, as
 * an addon must; JavaScript may have dropped it. */
class Writer : public Napi::AsyncWorker {
 public:
  Writer(Napi::Env env, Napi::Buffer<uint8_t> buffer, uint8_t seed)
      : Napi::AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        buffer_(Napi::Persistent(buffer.As<Napi::Object>())),
        bytes_(buffer.Data()),
        length_(buffer.Length()),
        seed_(seed) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { Write(bytes_, length_, seed_); }
  void OnOK() override { deferred_.Resolve(buffer_.Value()); }
  void OnError(const Napi::Error &error) override {
    deferred_.Reject(error.Value());
  }

 private:
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference buffer_;
  uint8_t *bytes_;
  size_t length_;
  uint8_t seed_;
};

/* writeLater(buffer, seed) -> promise of the same buffer, filled */
Napi::Value WriteLater(const Napi::CallbackInfo &info) {
  if (!RequireBuffer(info)) {
    return info.Env().Undefined();
  }
  auto *writer =
      new Writer(info.Env(), info[0].As<Napi::Buffer<uint8_t>>(), SeedOf(info));
  const Napi::Promise promise = writer->Promise();
  writer->Queue();
  return promise;
}

/* The bytes that were last kept, whosever they are by then. */
volatile uint8_t *kept_bytes;
size_t kept_length;

/* keep(buffer): has its bytes for poke and showAtExit. */
Napi::Value Keep(const Napi::CallbackInfo &info) {
  if (RequireBuffer(info)) {
    auto buffer = info[0].As<Napi::Buffer<uint8_t>>();
    kept_bytes = buffer.Data();
    kept_length = buffer.Length();
  }
  return info.Env().Undefined();
}

/* poke(offset): changes the byte there, counted from the first that was kept. */
Napi::Value Poke(const Napi::CallbackInfo &info) {
  kept_bytes[info[0].ToNumber().Int64Value()] ^= 1;
  return info.Env().Undefined();
}

bool shows_at_exit;

/* showAtExit(): has the bytes that were kept written to stdout by the last that
 * runs of the process, after all functions of atexit(); no longer mapped, they are
 * not there. */
Napi::Value ShowAtExit(const Napi::CallbackInfo &info) {
  shows_at_exit = true;
  return info.Env().Undefined();
}

#ifndef _WIN32
__attribute__((destructor)) void Show() {
  if (!shows_at_exit) return;
  if (write(1, const_cast<uint8_t *>(kept_bytes), kept_length) < 0) _exit(0);
}
#endif

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("describeBuffer", Napi::Function::New(env, DescribeBuffer));
  exports.Set("describeArrayBuffer",
              Napi::Function::New(env, DescribeArrayBuffer));
  exports.Set("keep", Napi::Function::New(env, Keep));
  exports.Set("poke", Napi::Function::New(env, Poke));
  exports.Set("showAtExit", Napi::Function::New(env, ShowAtExit));
  exports.Set("write", Napi::Function::New(env, WriteNow));
  exports.Set("writeLater", Napi::Function::New(env, WriteLater));
  return exports;
}

} // namespace

NODE_API_MODULE(test_addon, Init)
