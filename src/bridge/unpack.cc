// Unpacking: what a payload holds becomes a value of the current isolate. Every index and range is checked again: in
// release builds V8 does not.
#include <cstring>

#include "host_function.h"
#include "isolate.h"
#include "views.h"

OlPayload::~OlPayload() { free(bytes); }

namespace offloop {

using v8::ArrayBuffer;
using v8::BackingStore;
using v8::Context;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::Object;
using v8::SharedArrayBuffer;
using v8::String;
using v8::Value;
using v8::ValueDeserializer;

namespace {

MaybeLocal<Value> ThrowBroken(Isolate* isolate) {
  isolate->ThrowException(v8::Exception::Error(Name(isolate, "offloop: a value could not be read back")));
  return {};
}

class PrimitiveReader {
 public:
  PrimitiveReader(Isolate* isolate, const OlPayload& payload)
      : isolate_(isolate), at_(payload.bytes), left_(payload.size) {}

  MaybeLocal<Value> Next() {
    uint8_t tag = 0;
    if (!Take(&tag, sizeof tag)) return ThrowBroken(isolate_);
    switch (tag) {
      case wire::kUndefined:
        return v8::Undefined(isolate_).As<Value>();
      case wire::kNull:
        return v8::Null(isolate_).As<Value>();
      case wire::kTrue:
        return v8::True(isolate_).As<Value>();
      case wire::kFalse:
        return v8::False(isolate_).As<Value>();
      case wire::kNumber: {
        double number = 0;
        if (!Take(&number, sizeof number)) return ThrowBroken(isolate_);
        return v8::Number::New(isolate_, number).As<Value>();
      }
      case wire::kOneByteString:
      case wire::kTwoByteString:
        return Text(tag == wire::kOneByteString);
      default:
        return ThrowBroken(isolate_);
    }
  }

 private:
  bool Take(void* out, size_t length) {
    if (length > left_) return false;
    memcpy(out, at_, length);
    at_ += length;
    left_ -= length;
    return true;
  }

  MaybeLocal<Value> Text(bool one_byte) {
    uint32_t length = 0;
    if (!Take(&length, sizeof length)) return ThrowBroken(isolate_);
    size_t size = one_byte ? length : size_t{length} * 2;
    if (size > left_) return ThrowBroken(isolate_);
    const uint8_t* start = at_;
    at_ += size;
    left_ -= size;
    MaybeLocal<String> text;
    if (one_byte) {
      text = String::NewFromOneByte(isolate_, start, v8::NewStringType::kNormal, static_cast<int>(length));
    } else {
      // The stream does not align its units; V8 wants them aligned.
      std::vector<uint16_t> units(length);
      memcpy(units.data(), start, size);
      text = String::NewFromTwoByte(isolate_, units.data(), v8::NewStringType::kNormal, static_cast<int>(length));
    }
    Local<String> result;
    if (!text.ToLocal(&result)) return ThrowBroken(isolate_);
    return result.As<Value>();
  }

  Isolate* isolate_;
  const uint8_t* at_;
  size_t left_;
};

// Memory of the entered isolate's, which counts it and refuses what would pass its limit.
std::shared_ptr<BackingStore> Copy(const BackingStore& store) {
  using Owner = std::shared_ptr<CountingAllocator>;
  OlIsolate* self = OlIsolate::Entered();
  size_t length = store.ByteLength();
  void* copy = self == nullptr ? nullptr : self->allocator->AllocateUninitialized(length);
  if (copy == nullptr) return nullptr;
  if (length > 0) memcpy(copy, store.Data(), length);
  auto release = [](void* data, size_t size, void* owner) {
    auto* allocator = static_cast<Owner*>(owner);
    (*allocator)->Free(data, size);
    delete allocator;
  };
  return ArrayBuffer::NewBackingStore(copy, length, release, new Owner(self->allocator));
}

class Unpacker final : public ValueDeserializer::Delegate {
 public:
  Unpacker(Isolate* isolate, Local<Context> context, OlPayload* payload)
      : isolate_(isolate),
        context_(context),
        payload_(payload),
        deserializer_(isolate, payload->bytes, StreamSize(*payload), this) {}

  MaybeLocal<Value> Read(Reading reading) {
    // What is read again belongs to no single task.
    bound_ = reading == Reading::kConsume;
    buffers_.reserve(payload_->buffers.size());
    for (std::shared_ptr<BackingStore>& store : payload_->buffers) {
      std::shared_ptr<BackingStore> given = reading == Reading::kConsume ? std::move(store) : Copy(*store);
      if (!given) return ThrowBroken(isolate_);
      buffers_.push_back(ArrayBuffer::New(isolate_, std::move(given)));
      deserializer_.TransferArrayBuffer(static_cast<uint32_t>(buffers_.size() - 1), buffers_.back());
    }
    // Before V8 begins to read: freezing runs JavaScript, which is not allowed in the delegate.
    for (const std::shared_ptr<SharedValue>& shared : payload_->shares) {
      Local<Object> copy;
      if (!Materialise(isolate_, context_, shared).ToLocal(&copy)) return {};
      shares_.push_back(copy);
    }
    if (deserializer_.ReadHeader(context_).IsNothing()) return {};
    return deserializer_.ReadValue(context_);
  }

  MaybeLocal<Object> ReadHostObject(Isolate* isolate) override {
    uint32_t tag = 0;
    MaybeLocal<Value> view;
    if (!deserializer_.ReadUint32(&tag)) return Broken();
    if (tag == wire::kHostFunction) return ReadHostFunction(isolate, context_, &deserializer_, bound_);
    if (tag == wire::kOwnedView) {
      view = ReadOwned();
    } else if (tag == wire::kSharedView) {
      view = ReadShared();
    } else if (tag == wire::kShare) {
      return ReadShare();
    }
    Local<Value> result;
    if (!view.ToLocal(&result) || !result->IsObject()) return Broken();
    static_cast<void>(isolate);
    return result.As<Object>();
  }

  MaybeLocal<SharedArrayBuffer> GetSharedArrayBufferFromId(Isolate* isolate, uint32_t id) override {
    if (id >= payload_->shared.size()) {
      ThrowBroken(isolate);
      return {};
    }
    return SharedArrayBuffer::New(isolate, payload_->shared[id]);
  }

  MaybeLocal<v8::WasmModuleObject> GetWasmModuleFromId(Isolate* isolate, uint32_t id) override {
    if (id >= payload_->modules.size()) {
      ThrowBroken(isolate);
      return {};
    }
    return v8::WasmModuleObject::FromCompiledModule(isolate, payload_->modules[id]);
  }

 private:
  static size_t StreamSize(const OlPayload& payload) {
    return payload.size - payload.view_count * sizeof(wire::View);
  }

  MaybeLocal<Object> Broken() {
    ThrowBroken(isolate_);
    return {};
  }

  MaybeLocal<Value> ReadOwned() {
    uint32_t index = 0;
    if (!deserializer_.ReadUint32(&index) || index >= payload_->view_count) return {};
    wire::View view;
    memcpy(&view, payload_->bytes + StreamSize(*payload_) + index * sizeof view, sizeof view);
    if (view.buffer >= buffers_.size()) return {};
    return MakeView(static_cast<ViewKind>(view.kind), buffers_[view.buffer], view.offset, view.length);
  }

  MaybeLocal<Value> ReadShared() {
    uint32_t kind = 0;
    uint64_t offset = 0;
    uint64_t length = 0;
    Local<Value> buffer;
    if (!deserializer_.ReadUint32(&kind) || !deserializer_.ReadUint64(&offset) ||
        !deserializer_.ReadUint64(&length) || !deserializer_.ReadValue(context_).ToLocal(&buffer) ||
        !buffer->IsSharedArrayBuffer()) {
      return {};
    }
    return MakeView(static_cast<ViewKind>(kind), buffer.As<SharedArrayBuffer>(), offset, length);
  }

  MaybeLocal<Object> ReadShare() {
    uint32_t index = 0;
    if (!deserializer_.ReadUint32(&index) || index >= shares_.size()) return Broken();
    return shares_[index];
  }

  Isolate* isolate_;
  Local<Context> context_;
  OlPayload* payload_;
  ValueDeserializer deserializer_;
  std::vector<Local<ArrayBuffer>> buffers_;
  std::vector<Local<Object>> shares_;
  bool bound_ = false;
};

// Adds what unpacking takes to what packing took, where that was worth measuring. Null measures nothing.
class CloneTimer {
 public:
  explicit CloneTimer(OlPayload* payload)
      : payload_(payload), begun_(payload != nullptr && payload->clone_ns > 0 ? uv_hrtime() : 0) {}
  ~CloneTimer() {
    if (begun_ > 0) payload_->clone_ns += uv_hrtime() - begun_;
  }
  CloneTimer(const CloneTimer&) = delete;
  CloneTimer& operator=(const CloneTimer&) = delete;

 private:
  OlPayload* payload_;
  uint64_t begun_;
};

}  // namespace

MaybeLocal<Value> Unpack(Isolate* isolate, Local<Context> context, OlPayload* payload, Reading reading) {
  if (payload == nullptr) return v8::Undefined(isolate).As<Value>();
  // One that is read again is read by several threads at once.
  CloneTimer timer(reading == Reading::kConsume ? payload : nullptr);
  if (payload->format == OlPayload::Format::kPrimitives) {
    PrimitiveReader reader(isolate, *payload);
    return reader.Next();
  }
  Unpacker unpacker(isolate, context, payload);
  return unpacker.Read(reading);
}

bool UnpackArguments(Isolate* isolate, Local<Context> context, OlPayload* payload,
                     std::vector<Local<Value>>* arguments) {
  if (payload == nullptr) return true;
  if (payload->format == OlPayload::Format::kPrimitives) {
    CloneTimer timer(payload);
    PrimitiveReader reader(isolate, *payload);
    for (uint32_t i = 0; i < payload->count; i++) {
      Local<Value> value;
      if (!reader.Next().ToLocal(&value)) return false;
      arguments->push_back(value);
    }
    return true;
  }
  Local<Value> list;
  if (!Unpack(isolate, context, payload, Reading::kConsume).ToLocal(&list)) return false;
  if (!list->IsArray()) {
    ThrowBroken(isolate);
    return false;
  }
  Local<v8::Array> array = list.As<v8::Array>();
  for (uint32_t i = 0; i < array->Length(); i++) {
    Local<Value> value;
    if (!array->Get(context, i).ToLocal(&value)) return false;
    arguments->push_back(value);
  }
  return true;
}

MaybeLocal<String> MakeString(Isolate* isolate, OlText text) {
  return String::NewFromUtf8(isolate, text.data == nullptr ? "" : text.data, v8::NewStringType::kNormal,
                             static_cast<int>(text.length));
}

OlMessage MakeMessage(const char* text, size_t length) {
  auto* copy = static_cast<char*>(malloc(std::max<size_t>(length, 1)));
  if (copy == nullptr) return {nullptr, 0};
  memcpy(copy, text, length);
  return {copy, length};
}

OlMessage MakeMessage(Isolate* isolate, Local<String> text) {
  size_t length = abi::Utf8Length(isolate, text);
  auto* copy = static_cast<char*>(malloc(std::max<size_t>(length, 1)));
  if (copy == nullptr) return {nullptr, 0};
  return {copy, abi::WriteUtf8(isolate, text, copy, length)};
}

}  // namespace offloop

extern "C" void ol_message_free(OlMessage message) { free(message.data); }
