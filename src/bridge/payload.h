// A value on its way from one isolate to another: what was packed, and the memory that it owns.
#ifndef OFFLOOP_PAYLOAD_H_
#define OFFLOOP_PAYLOAD_H_

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "abi.h"
#include "bridge.h"
#include "shared_value.h"

struct OlPayload {
  enum class Format : uint8_t {
    kPrimitives,  // our own encoding of undefined, null, booleans, numbers and strings
    kCloned,      // V8's structured clone, with views as host objects of ours
  };

  OlPayload() = default;
  ~OlPayload();
  OlPayload(const OlPayload&) = delete;
  OlPayload& operator=(const OlPayload&) = delete;

  Format format = Format::kPrimitives;
  uint32_t count = 0;     // values in a primitive stream
  uint8_t* bytes = nullptr;
  size_t size = 0;           // of the stream and the views' table behind it
  uint32_t view_count = 0;   // entries in that table
  size_t buffer_bytes = 0;
  uint64_t clone_ns = 0;     // packing and unpacking took so far; 0: too little to measure
  std::vector<std::shared_ptr<v8::BackingStore>> buffers;  // become array buffers of the receiver
  std::vector<std::shared_ptr<v8::BackingStore>> shared;   // stay shared with the sender
  std::vector<v8::CompiledWasmModule> modules;
  std::vector<std::shared_ptr<offloop::SharedValue>> shares;
};

namespace offloop {

// For calls whose failure changes nothing: the comment beside it says why.
template <typename Result>
void Ignore(Result&&) {}

inline OlValue ToOpaque(v8::Local<v8::Value> value) {
  static_assert(sizeof(value) == sizeof(OlValue), "a handle is one pointer wide");
  OlValue opaque;
  memcpy(&opaque, &value, sizeof opaque);
  return opaque;
}

inline v8::Local<v8::Value> FromOpaque(OlValue opaque) {
  v8::Local<v8::Value> value;
  memcpy(static_cast<void*>(&value), &opaque, sizeof value);
  return value;
}

// A malloc'ed copy; null data when memory is short.
OlMessage MakeMessage(v8::Isolate* isolate, v8::Local<v8::String> text);
OlMessage MakeMessage(const char* text, size_t length);

v8::MaybeLocal<v8::String> MakeString(v8::Isolate* isolate, OlText text);

// A name of the bridge's own: short ASCII, so it cannot fail.
template <int N>
v8::Local<v8::String> Name(v8::Isolate* isolate, const char (&literal)[N]) {
  return v8::String::NewFromUtf8Literal(isolate, literal, v8::NewStringType::kInternalized);
}

struct PackOptions {
  v8::Local<v8::Value> transfer_list;  // array of array buffers, or empty
  bool move = false;                   // every buffer is moved
  bool host_functions = false;         // they may travel, and are kept for `ol_host_functions_met`
  const std::vector<v8::Global<v8::ArrayBuffer>>* moved = nullptr;  // these buffers are moved
  uint32_t forbidden = 0;              // OL_FORBID_…
  size_t most_bytes = 0;               // of the stream; 0: no limit
};

enum class PackStatus {
  kPacked,
  kNotCloneable,  // `problem` says what
  kOutOfMemory,
  kTerminated,
};

struct Packed {
  PackStatus status = PackStatus::kPacked;
  std::unique_ptr<OlPayload> payload;  // null stands for `undefined`, or for no arguments
  bool threw = false;   // user code did, a getter or a proxy's trap: `cause` is what
  std::string refusal;  // V8's own words, when it refused
  std::string problem;  // follows the name of what was packed: ".a[1] is a function", or ": " and what was thrown
  v8::Local<v8::Value> cause;
};

// `value` is an array when `is_array`: its elements are packed as the arguments of a call.
Packed Pack(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> value, bool is_array,
            const PackOptions& options);

enum class Reading {
  kConsume,  // buffers are handed over
  kCopy,     // buffers are copied: the payload will be read again
};

// Both leave an exception pending in `isolate` when they return an empty handle or false.
v8::MaybeLocal<v8::Value> Unpack(v8::Isolate* isolate, v8::Local<v8::Context> context, OlPayload* payload,
                                 Reading reading);
bool UnpackArguments(v8::Isolate* isolate, v8::Local<v8::Context> context, OlPayload* payload,
                     std::vector<v8::Local<v8::Value>>* arguments);

// Where in `root` the first value is that structured clone refuses, as "[0].a.b is a function", or the first getter
// when `refused` is false, as "[0].a is a getter that threw"; empty when none is found.
std::string FindUncloneable(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Value> root,
                            bool refused, const PackOptions& options);

}  // namespace offloop

#endif  // OFFLOOP_PAYLOAD_H_
