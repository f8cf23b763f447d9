// The wire form of views, and what kind of view a value is.
#ifndef OFFLOOP_VIEWS_H_
#define OFFLOOP_VIEWS_H_

#include "abi.h"

namespace offloop {

// Numbers are part of the wire format: new kinds go to the end.
enum class ViewKind : uint32_t {
  kInt8 = 0,
  kUint8 = 1,
  kUint8Clamped = 2,
  kInt16 = 3,
  kUint16 = 4,
  kInt32 = 5,
  kUint32 = 6,
  kFloat32 = 7,
  kFloat64 = 8,
  kBigInt64 = 9,
  kBigUint64 = 10,
  kDataView = 11,
  kFloat16 = 12,
  kBuffer = 13,  // a Uint8Array that was Node's Buffer; arrives as a Uint8Array
};

namespace wire {

// Tags of the primitive stream.
constexpr uint8_t kUndefined = 0;
constexpr uint8_t kNull = 1;
constexpr uint8_t kTrue = 2;
constexpr uint8_t kFalse = 3;
constexpr uint8_t kNumber = 4;         // + 8 bytes
constexpr uint8_t kOneByteString = 5;  // + length (4 bytes) + Latin-1
constexpr uint8_t kTwoByteString = 6;  // + length in units (4 bytes) + UTF-16

// Tags of host objects in V8's stream.
constexpr uint32_t kOwnedView = 1;   // + index into the views' table
constexpr uint32_t kSharedView = 2;  // + kind, offset, length, and the SharedArrayBuffer as a value
constexpr uint32_t kShare = 3;       // + index into OlPayload::shares
constexpr uint32_t kHostFunction = 4;  // + id (double), and the name as a value

// An entry of the views' table.
struct View {
  uint32_t buffer;  // index into OlPayload::buffers
  uint32_t kind;
  uint64_t offset;  // bytes
  uint64_t length;  // bytes
};

}  // namespace wire

ViewKind KindOf(v8::Isolate* isolate, v8::Local<v8::ArrayBufferView> view);

// Whether the view is cut from Node's Buffer pool, where it has neighbours that must not travel with it.
bool IsPoolSlice(v8::Isolate* isolate, v8::Local<v8::ArrayBufferView> view, v8::Local<v8::ArrayBuffer> buffer);

// A view of `kind` over `length` bytes; empty when kind, alignment or range is wrong.
template <typename Buffer>
v8::MaybeLocal<v8::Value> MakeView(ViewKind kind, v8::Local<Buffer> buffer, uint64_t offset, uint64_t length);

// Node's Buffer class in the environment of this thread: how a Buffer is told from a plain Uint8Array.
void SetBufferClass(v8::Isolate* isolate, v8::Local<v8::Object> constructor, v8::Local<v8::Object> prototype);
void ForgetBufferClass();

}  // namespace offloop

#endif  // OFFLOOP_VIEWS_H_
