#include "views.h"

namespace offloop {

using v8::ArrayBuffer;
using v8::ArrayBufferView;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;
using v8::SharedArrayBuffer;
using v8::Value;

namespace {

thread_local v8::Global<Object> buffer_class;
thread_local v8::Global<Object> buffer_prototype;
thread_local Isolate* buffer_isolate = nullptr;

// What Node allocates beyond Buffer.poolSize (Node 26: 64 KiB and 64 bytes).
constexpr size_t kPoolSlack = 1024;

size_t ElementSize(ViewKind kind) {
  switch (kind) {
    case ViewKind::kInt8:
    case ViewKind::kUint8:
    case ViewKind::kUint8Clamped:
    case ViewKind::kDataView:
    case ViewKind::kBuffer:
      return 1;
    case ViewKind::kInt16:
    case ViewKind::kUint16:
    case ViewKind::kFloat16:
      return 2;
    case ViewKind::kInt32:
    case ViewKind::kUint32:
    case ViewKind::kFloat32:
      return 4;
    case ViewKind::kFloat64:
    case ViewKind::kBigInt64:
    case ViewKind::kBigUint64:
      return 8;
  }
  return 0;
}

}  // namespace

void SetBufferClass(Isolate* isolate, Local<Object> constructor, Local<Object> prototype) {
  buffer_isolate = isolate;
  buffer_class.Reset(isolate, constructor);
  buffer_prototype.Reset(isolate, prototype);
}

void ForgetBufferClass() {
  buffer_isolate = nullptr;
  buffer_class.Reset();
  buffer_prototype.Reset();
}

ViewKind KindOf(Isolate* isolate, Local<ArrayBufferView> view) {
  if (view->IsUint8Array()) {
    bool is_buffer = isolate == buffer_isolate && buffer_prototype == abi::Prototype(view);
    return is_buffer ? ViewKind::kBuffer : ViewKind::kUint8;
  }
  if (view->IsFloat64Array()) return ViewKind::kFloat64;
  if (view->IsFloat32Array()) return ViewKind::kFloat32;
  if (view->IsInt32Array()) return ViewKind::kInt32;
  if (view->IsUint32Array()) return ViewKind::kUint32;
  if (view->IsInt16Array()) return ViewKind::kInt16;
  if (view->IsUint16Array()) return ViewKind::kUint16;
  if (view->IsInt8Array()) return ViewKind::kInt8;
  if (view->IsUint8ClampedArray()) return ViewKind::kUint8Clamped;
  if (view->IsBigInt64Array()) return ViewKind::kBigInt64;
  if (view->IsBigUint64Array()) return ViewKind::kBigUint64;
  if (abi::IsFloat16Array(view)) return ViewKind::kFloat16;
  return ViewKind::kDataView;
}

bool IsPoolSlice(Isolate* isolate, Local<ArrayBufferView> view, Local<ArrayBuffer> buffer) {
  size_t whole = buffer->ByteLength();
  if (view->ByteLength() == whole) return false;
  // 8 KiB up to Node 24, 64 KiB later, and an application may change it. A larger buffer is the application's own.
  Local<v8::Context> context = isolate->GetCurrentContext();
  Local<v8::String> name = v8::String::NewFromUtf8Literal(isolate, "poolSize", v8::NewStringType::kInternalized);
  Local<Value> size;
  if (!buffer_class.Get(isolate)->Get(context, name).ToLocal(&size) || !size->IsNumber()) return true;
  return static_cast<double>(whole) <= size.As<v8::Number>()->Value() + kPoolSlack;
}

template <typename Buffer>
MaybeLocal<Value> MakeView(ViewKind kind, Local<Buffer> buffer, uint64_t offset, uint64_t length) {
  size_t size = ElementSize(kind);
  size_t available = buffer->ByteLength();
  if (size == 0 || offset % size != 0 || length % size != 0) return {};
  if (offset > available || length > available - offset) return {};
  size_t start = static_cast<size_t>(offset);
  size_t count = static_cast<size_t>(length) / size;
  switch (kind) {
    case ViewKind::kInt8:
      return v8::Int8Array::New(buffer, start, count);
    case ViewKind::kUint8:
    case ViewKind::kBuffer:
      return v8::Uint8Array::New(buffer, start, count);
    case ViewKind::kUint8Clamped:
      return v8::Uint8ClampedArray::New(buffer, start, count);
    case ViewKind::kInt16:
      return v8::Int16Array::New(buffer, start, count);
    case ViewKind::kUint16:
      return v8::Uint16Array::New(buffer, start, count);
    case ViewKind::kInt32:
      return v8::Int32Array::New(buffer, start, count);
    case ViewKind::kUint32:
      return v8::Uint32Array::New(buffer, start, count);
    case ViewKind::kFloat32:
      return v8::Float32Array::New(buffer, start, count);
    case ViewKind::kFloat64:
      return v8::Float64Array::New(buffer, start, count);
    case ViewKind::kBigInt64:
      return v8::BigInt64Array::New(buffer, start, count);
    case ViewKind::kBigUint64:
      return v8::BigUint64Array::New(buffer, start, count);
    case ViewKind::kDataView:
      return v8::DataView::New(buffer, start, count);
    case ViewKind::kFloat16:
      return abi::NewFloat16Array(buffer, start, count);
  }
  return {};
}

template MaybeLocal<Value> MakeView(ViewKind, Local<ArrayBuffer>, uint64_t, uint64_t);
template MaybeLocal<Value> MakeView(ViewKind, Local<SharedArrayBuffer>, uint64_t, uint64_t);

}  // namespace offloop
