// Packing: a value of one isolate becomes a payload that another can read. Primitives take a short way of our own,
// everything else goes through V8's structured clone. Buffers never travel inside the byte stream unless a plain
// ArrayBuffer is nested in an object, where V8 offers no hook.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "host_function.h"
#include "payload.h"
#include "share.h"
#include "views.h"

namespace offloop {

using v8::ArrayBuffer;
using v8::ArrayBufferView;
using v8::BackingStore;
using v8::Context;
using v8::HandleScope;
using v8::Isolate;
using v8::Just;
using v8::Local;
using v8::Maybe;
using v8::Nothing;
using v8::Object;
using v8::SharedArrayBuffer;
using v8::String;
using v8::Value;
using v8::ValueSerializer;

namespace {

// A growing malloc'ed buffer whose failure is remembered instead of thrown.
class Stream {
 public:
  ~Stream() { free(data_); }

  void Byte(uint8_t value) { Bytes(&value, 1); }

  void Bytes(const void* source, size_t length) {
    if (uint8_t* out = Claim(length)) memcpy(out, source, length);
  }

  // Room for `length` bytes, or null when memory is short.
  uint8_t* Claim(size_t length) {
    if (size_ + length > capacity_ && !Grow(size_ + length)) return nullptr;
    uint8_t* out = data_ + size_;
    size_ += length;
    return out;
  }

  bool failed() const { return failed_; }

  void MoveTo(OlPayload* payload) {
    payload->bytes = std::exchange(data_, nullptr);
    payload->size = size_;
  }

 private:
  bool Grow(size_t needed) {
    size_t capacity = std::max({needed, capacity_ * 2, size_t{64}});
    auto* grown = static_cast<uint8_t*>(realloc(data_, capacity));
    if (grown == nullptr) {
      failed_ = true;
      return false;
    }
    data_ = grown;
    capacity_ = capacity;
    return true;
  }

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
  bool failed_ = false;
};

bool IsSimple(Local<Value> value) {
  return value->IsUndefined() || value->IsNull() || value->IsBoolean() || value->IsNumber() || value->IsString();
}

void WritePrimitive(Isolate* isolate, Local<Value> value, Stream* stream) {
  if (value->IsUndefined()) return stream->Byte(wire::kUndefined);
  if (value->IsNull()) return stream->Byte(wire::kNull);
  if (value->IsBoolean()) return stream->Byte(value->IsTrue() ? wire::kTrue : wire::kFalse);
  if (value->IsNumber()) {
    double number = value.As<v8::Number>()->Value();
    stream->Byte(wire::kNumber);
    return stream->Bytes(&number, sizeof number);
  }
  Local<String> string = value.As<String>();
  uint32_t length = static_cast<uint32_t>(string->Length());
  bool one_byte = string->IsOneByte();
  stream->Byte(one_byte ? wire::kOneByteString : wire::kTwoByteString);
  stream->Bytes(&length, sizeof length);
  if (one_byte) {
    if (uint8_t* out = stream->Claim(length)) abi::WriteOneByte(isolate, string, out);
    return;
  }
  // Two-byte units must be aligned for V8 to write them.
  std::unique_ptr<uint16_t[]> units(new (std::nothrow) uint16_t[length]);
  if (!units) {
    stream->Claim(SIZE_MAX / 2);
    return;
  }
  abi::WriteTwoByte(isolate, string, units.get());
  stream->Bytes(units.get(), size_t{length} * 2);
}

std::shared_ptr<BackingStore> CopyBytes(const uint8_t* source, size_t length) {
  void* copy = malloc(std::max<size_t>(length, 1));
  if (copy == nullptr) return nullptr;
  if (length > 0) memcpy(copy, source, length);
  return ArrayBuffer::NewBackingStore(copy, length, [](void* data, size_t, void*) { free(data); }, nullptr);
}

// One attempt at writing one value with V8's serializer.
class Packer final : public ValueSerializer::Delegate {
 public:
  Packer(Isolate* isolate, Local<Context> context, const PackOptions& options)
      : isolate_(isolate), context_(context), options_(options), serializer_(isolate, this) {
    serializer_.SetTreatArrayBufferViewsAsHostObjects(true);
  }

  // An array buffer whose every mention must be one and the same: it travels whole.
  void Expect(Local<ArrayBuffer> buffer) {
    Buffer& entry = buffers_[Find(buffer)];
    entry.expected = true;
    entry.whole = true;
  }

  // Null, or what is wrong with the transfer list.
  std::string List(Local<ArrayBuffer> buffer) {
    if (buffer->WasDetached()) return "is a detached ArrayBuffer";
    if (!buffer->IsDetachable()) return "is an ArrayBuffer that cannot be detached (WebAssembly memory)";
    for (const Buffer& known : buffers_) {
      if (known.handle == buffer && known.listed) return "appears twice";
    }
    Buffer& entry = buffers_[Find(buffer)];
    entry.listed = true;
    entry.expected = true;
    entry.whole = true;
    return "";
  }

  Maybe<bool> Write(Local<Value> value) {
    for (size_t i = 0; i < buffers_.size(); i++) {
      if (buffers_[i].whole) Register(i);
    }
    serializer_.WriteHeader();
    return serializer_.WriteValue(context_, value);
  }

  // Takes the written stream and settles what each buffer becomes. False: out of memory, or `problem` is set.
  bool Finish(OlPayload* payload, std::string* problem) {
    std::pair<uint8_t*, size_t> released = serializer_.Release();
    payload->format = OlPayload::Format::kCloned;
    payload->bytes = released.first;
    payload->size = released.second;
    payload->shared = std::move(shared_);
    payload->modules = std::move(modules_);
    payload->shares = std::move(shares_);
    for (Buffer& buffer : buffers_) {
      if (Handle(buffer)->WasDetached()) {
        *problem = ": an ArrayBuffer was detached by a getter while it was being cloned";
        return false;
      }
      std::shared_ptr<BackingStore> store = Moves(buffer) ? Handle(buffer)->GetBackingStore() : Copy(buffer);
      if (!store) return false;
      payload->buffer_bytes += store->ByteLength();
      payload->buffers.push_back(std::move(store));
    }
    return AppendViews(payload);
  }

  // Only after Finish succeeded for good.
  void DetachMoved() {
    for (Buffer& buffer : buffers_) {
      if (Moves(buffer)) Handle(buffer)->Detach(Local<Value>()).Check();
    }
  }

  // Buffers met through a view only. The value may refer to them as plain ArrayBuffers as well, which V8 would have
  // written into a stream at least as long as they are.
  std::vector<Local<ArrayBuffer>> Doubtful(size_t stream) const {
    std::vector<Local<ArrayBuffer>> doubtful;
    for (const Buffer& buffer : buffers_) {
      if (buffer.expected || buffer.pool || Handle(buffer)->ByteLength() > stream) continue;
      doubtful.push_back(Handle(buffer));
    }
    return doubtful;
  }

  void ThrowDataCloneError(Local<String> message) override {
    refused_ = true;
    isolate_->ThrowException(v8::Exception::Error(message));
  }

  bool refused() const { return refused_; }
  bool too_long() const { return too_long_; }
  const PackOptions& options() const { return options_; }

  Maybe<bool> WriteHostObject(Isolate* isolate, Local<Object> object) override {
    if (options_.host_functions && IsHostFunction(isolate, object)) {
      serializer_.WriteUint32(wire::kHostFunction);
      return WriteHostFunction(isolate, context_, &serializer_, object);
    }
    if (!object->IsArrayBufferView()) {
      if (IsShare(isolate, object)) return WriteShare(object);
      ThrowDataCloneError(Name(isolate, "a host object could not be cloned"));
      return Nothing<bool>();
    }
    Local<ArrayBufferView> view = object.As<ArrayBufferView>();
    ViewKind kind = KindOf(isolate, view);
    Local<Value> buffer = view->Buffer();
    if (buffer->IsSharedArrayBuffer()) {
      // Thrown here: an exception from the nested write would be lost on its way out.
      if (RefuseShared()) return Nothing<bool>();
      serializer_.WriteUint32(wire::kSharedView);
      serializer_.WriteUint32(static_cast<uint32_t>(kind));
      serializer_.WriteUint64(view->ByteOffset());
      serializer_.WriteUint64(view->ByteLength());
      return serializer_.WriteValue(context_, buffer);
    }
    Local<ArrayBuffer> owned = buffer.As<ArrayBuffer>();
    if (owned->WasDetached()) {
      ThrowDataCloneError(Name(isolate, "a view over a detached ArrayBuffer could not be cloned"));
      return Nothing<bool>();
    }
    bool pool = kind == ViewKind::kBuffer && IsPoolSlice(isolate, view, owned);
    size_t index = pool ? Add(owned) : Find(owned);
    Buffer& entry = buffers_[index];
    entry.pool = pool;
    if (entry.uses++ == 0) {
      entry.offset = view->ByteOffset();
      entry.length = view->ByteLength();
      bool covers_all = entry.offset == 0 && entry.length == owned->ByteLength();
      if (!entry.whole && !pool && (covers_all || options_.move || IsMoved(owned))) {
        entry.whole = true;
        Register(index);
      }
    } else if (!entry.whole) {
      entry.whole = true;
      Register(index);
    }
    serializer_.WriteUint32(wire::kOwnedView);
    serializer_.WriteUint32(static_cast<uint32_t>(views_.size()));
    views_.push_back({static_cast<uint32_t>(index), kind, view->ByteOffset(), view->ByteLength()});
    return Just(true);
  }

  Maybe<uint32_t> GetSharedArrayBufferId(Isolate* isolate, Local<SharedArrayBuffer> buffer) override {
    static_cast<void>(isolate);
    if (RefuseShared()) return Nothing<uint32_t>();
    std::shared_ptr<BackingStore> store = buffer->GetBackingStore();
    for (size_t i = 0; i < shared_.size(); i++) {
      if (shared_[i] == store) return Just(static_cast<uint32_t>(i));
    }
    shared_.push_back(std::move(store));
    return Just(static_cast<uint32_t>(shared_.size() - 1));
  }

  Maybe<uint32_t> GetWasmModuleTransferId(Isolate* isolate, Local<v8::WasmModuleObject> module) override {
    if ((options_.forbidden & OL_FORBID_WASM) != 0) {
      ThrowDataCloneError(Name(isolate, "a WebAssembly.Module, and the isolate has wasm: false"));
      return Nothing<uint32_t>();
    }
    modules_.push_back(module->GetCompiledModule());
    return Just(static_cast<uint32_t>(modules_.size() - 1));
  }

  void* ReallocateBufferMemory(void* old, size_t size, size_t* actual) override {
    if (options_.most_bytes > 0 && size > options_.most_bytes) {
      too_long_ = true;
      *actual = 0;
      return nullptr;
    }
    void* grown = realloc(old, size);
    *actual = grown == nullptr ? 0 : size;
    return grown;
  }

  void FreeBufferMemory(void* buffer) override { free(buffer); }

 private:
  struct Buffer {
    v8::Global<ArrayBuffer> handle;  // V8 calls the delegate inside handle scopes of its own
    bool listed = false;    // in the transfer list
    bool expected = false;  // announced to V8 before it began to write
    bool whole = false;   // travels with all its bytes, so that every reference to it stays one
    bool pool = false;    // a slice of Node's Buffer pool: its neighbours are other people's bytes
    uint32_t uses = 0;
    size_t offset = 0;  // of the only view, when not whole
    size_t length = 0;
  };
  struct View {
    uint32_t buffer;
    ViewKind kind;
    size_t offset;
    size_t length;
  };

  bool RefuseShared() {
    if ((options_.forbidden & OL_FORBID_SHARED_MEMORY) == 0) return false;
    ThrowDataCloneError(Name(isolate_, "a SharedArrayBuffer, and the isolate has sharedMemory: false"));
    return true;
  }

  // Only its place: the payload keeps what it stands for.
  Maybe<bool> WriteShare(Local<Object> handle) {
    std::shared_ptr<SharedValue> shared = ShareOf(isolate_, handle);
    if (!shared) {
      ThrowDataCloneError(Name(isolate_, "a Shared that was released could not be cloned"));
      return Nothing<bool>();
    }
    if (!shared->payload()->shared.empty() && RefuseShared()) return Nothing<bool>();
    serializer_.WriteUint32(wire::kShare);
    serializer_.WriteUint32(static_cast<uint32_t>(shares_.size()));
    shares_.push_back(std::move(shared));
    return Just(true);
  }

  Local<ArrayBuffer> Handle(const Buffer& buffer) const { return buffer.handle.Get(isolate_); }

  size_t Add(Local<ArrayBuffer> buffer) {
    buffers_.emplace_back();
    buffers_.back().handle.Reset(isolate_, buffer);
    return buffers_.size() - 1;
  }

  size_t Find(Local<ArrayBuffer> buffer) {
    for (size_t i = 0; i < buffers_.size(); i++) {
      if (!buffers_[i].pool && buffers_[i].handle == buffer) return i;
    }
    return Add(buffer);
  }

  void Register(size_t index) {
    serializer_.TransferArrayBuffer(static_cast<uint32_t>(index), Handle(buffers_[index]));
  }

  bool IsMoved(Local<ArrayBuffer> buffer) const {
    if (options_.moved == nullptr) return false;
    return std::any_of(options_.moved->begin(), options_.moved->end(),
                       [&](const v8::Global<ArrayBuffer>& moved) { return moved == buffer; });
  }

  bool Moves(const Buffer& buffer) const {
    if (buffer.listed) return true;
    Local<ArrayBuffer> handle = Handle(buffer);
    return buffer.whole && handle->IsDetachable() && (options_.move || IsMoved(handle));
  }

  std::shared_ptr<BackingStore> Copy(const Buffer& buffer) {
    Local<ArrayBuffer> handle = Handle(buffer);
    size_t available = handle->ByteLength();
    size_t offset = buffer.whole ? 0 : std::min(buffer.offset, available);
    size_t length = buffer.whole ? available : std::min(buffer.length, available - offset);
    return CopyBytes(static_cast<const uint8_t*>(handle->Data()) + offset, length);
  }

  // The views' table follows the stream: what V8 reads from it is only an index into this table.
  bool AppendViews(OlPayload* payload) {
    if (views_.empty()) return true;
    size_t table = views_.size() * sizeof(wire::View);
    auto* grown = static_cast<uint8_t*>(realloc(payload->bytes, payload->size + table));
    if (grown == nullptr) return false;
    payload->bytes = grown;
    for (size_t i = 0; i < views_.size(); i++) {
      const View& view = views_[i];
      wire::View record{view.buffer, static_cast<uint32_t>(view.kind), buffers_[view.buffer].whole ? view.offset : 0,
                        view.length};
      memcpy(grown + payload->size + i * sizeof record, &record, sizeof record);
    }
    payload->size += table;
    payload->view_count = static_cast<uint32_t>(views_.size());
    return true;
  }

  Isolate* isolate_;
  Local<Context> context_;
  const PackOptions& options_;
  ValueSerializer serializer_;
  bool refused_ = false;
  bool too_long_ = false;
  std::vector<Buffer> buffers_;
  std::vector<View> views_;
  std::vector<std::shared_ptr<BackingStore>> shared_;
  std::vector<v8::CompiledWasmModule> modules_;
  std::vector<std::shared_ptr<SharedValue>> shares_;
};

Packed PackPrimitives(Isolate* isolate, Local<Context> context, Local<Value> value, bool is_array) {
  Packed packed;
  Stream stream;
  uint32_t count = 1;
  if (is_array) {
    Local<v8::Array> array = value.As<v8::Array>();
    count = array->Length();
    for (uint32_t i = 0; i < count; i++) {
      Local<Value> element;
      if (array->Get(context, i).ToLocal(&element)) WritePrimitive(isolate, element, &stream);
    }
  } else {
    WritePrimitive(isolate, value, &stream);
  }
  packed.payload.reset(new (std::nothrow) OlPayload);
  if (!packed.payload || stream.failed()) {
    packed.payload.reset();
    packed.status = PackStatus::kOutOfMemory;
    return packed;
  }
  packed.payload->count = count;
  stream.MoveTo(packed.payload.get());
  return packed;
}

// What went wrong, told by the path of the value at fault.
void Explain(Isolate* isolate, Local<Context> context, Local<Value> value, const Packer& packer,
             v8::TryCatch* failure, Packed* packed) {
  constexpr size_t kLongestQuote = 1024;
  packed->status = PackStatus::kNotCloneable;
  bool refused = packer.refused();
  packed->threw = !refused;
  packed->cause = failure->Exception();
  Local<Value> exception = failure->Exception();
  v8::TryCatch quiet(isolate);
  Local<Value> said = exception;
  if (refused && exception->IsObject() &&
      !exception.As<Object>()->Get(context, Name(isolate, "message")).ToLocal(&said)) {
    said = exception;
  }
  String::Utf8Value text(isolate, said);
  std::string words = *text == nullptr ? "" : std::string(*text, std::min<size_t>(text.length(), kLongestQuote));
  std::string path = FindUncloneable(isolate, context, value, refused, packer.options());
  // A value refused by its kind says it all; a getter, or the depth, needs the exception's own words.
  packed->problem = refused && !path.empty() ? path : path + ": " + words;
  if (refused) packed->refusal = std::move(words);
  if (quiet.HasTerminated()) packed->status = PackStatus::kTerminated;
}

// Tells the packer what is known before V8 walks the value: the transfer list, and array buffers in plain sight.
bool Announce(Local<Context> context, Local<Value> value, bool is_array, const PackOptions& options, Packer* packer,
              Packed* packed) {
  if (!options.transfer_list.IsEmpty()) {
    Local<v8::Array> list = options.transfer_list.As<v8::Array>();
    for (uint32_t i = 0; i < list->Length(); i++) {
      Local<Value> element;
      std::string problem = "is not an ArrayBuffer";
      if (list->Get(context, i).ToLocal(&element) && element->IsArrayBuffer()) {
        problem = packer->List(element.As<ArrayBuffer>());
      }
      if (problem.empty()) continue;
      packed->status = PackStatus::kNotCloneable;
      packed->problem = "transferList[" + std::to_string(i) + "] " + problem;
      return false;
    }
  }
  auto expect = [&](Local<Value> candidate) {
    if (candidate->IsArrayBuffer() && !candidate.As<ArrayBuffer>()->WasDetached()) {
      packer->Expect(candidate.As<ArrayBuffer>());
    }
  };
  if (!is_array) {
    expect(value);
    return true;
  }
  Local<v8::Array> array = value.As<v8::Array>();
  for (uint32_t i = 0; i < array->Length(); i++) {
    Local<Value> element;
    if (array->Get(context, i).ToLocal(&element)) expect(element);
  }
  return true;
}

bool Write(Isolate* isolate, Local<Context> context, Local<Value> value, v8::TryCatch* failure, Packer* packer,
           Packed* packed) {
  if (packer->Write(value).IsNothing()) {
    if (failure->HasTerminated()) {
      packed->status = PackStatus::kTerminated;
    } else if (packer->too_long()) {
      packed->status = PackStatus::kOutOfMemory;
    } else {
      Explain(isolate, context, value, *packer, failure, packed);
    }
    return false;
  }
  packed->payload.reset(new (std::nothrow) OlPayload);
  if (packed->payload && packer->Finish(packed->payload.get(), &packed->problem)) return true;
  packed->payload.reset();
  packed->status = packed->problem.empty() ? PackStatus::kOutOfMemory : PackStatus::kNotCloneable;
  return false;
}

}  // namespace

namespace {

Packed Clone(Isolate* isolate, Local<Context> context, Local<Value> value, bool is_array, const PackOptions& options) {
  Packed packed;
  v8::TryCatch failure(isolate);
  Packer first(isolate, context, options);
  if (!Announce(context, value, is_array, options, &first, &packed)) return packed;
  if (!Write(isolate, context, value, &failure, &first, &packed)) return packed;

  std::vector<Local<ArrayBuffer>> doubtful = first.Doubtful(packed.payload->size);
  if (doubtful.empty()) {
    first.DetachMoved();
      return packed;
  }
  // A second look: only when the stream's length changes did the value mention one of them as a plain ArrayBuffer.
  Packed again;
  Packer second(isolate, context, options);
  if (!Announce(context, value, is_array, options, &second, &again)) return again;
  for (Local<ArrayBuffer> buffer : doubtful) second.Expect(buffer);
  if (!Write(isolate, context, value, &failure, &second, &again)) return again;
  bool mentioned = again.payload->size != packed.payload->size;
  (mentioned ? second : first).DetachMoved();
  if (mentioned) packed.payload = std::move(again.payload);
  return packed;
}

// Texts from this length on, and more values than so many, take longer to be copied than the clock takes to be read.
constexpr int kLongText = 1024;
constexpr uint32_t kManyValues = 16;

bool IsLong(Local<Value> value) { return value->IsString() && value.As<String>()->Length() >= kLongText; }

}  // namespace

Packed Pack(Isolate* isolate, Local<Context> context, Local<Value> value, bool is_array, const PackOptions& options) {
  bool simple = options.transfer_list.IsEmpty();
  bool quick = simple;
  if (simple && is_array) {
    Local<v8::Array> array = value.As<v8::Array>();
    uint32_t length = array->Length();
    if (length == 0) return {};
    quick = length <= kManyValues;
    for (uint32_t i = 0; simple && i < length; i++) {
      Local<Value> element;
      simple = array->Get(context, i).ToLocal(&element) && IsSimple(element);
      quick = quick && simple && !IsLong(element);
    }
  } else if (simple) {
    if (value->IsUndefined()) return {};
    simple = IsSimple(value);
    quick = simple && !IsLong(value);
  }
  if (quick) return PackPrimitives(isolate, context, value, is_array);

  uint64_t begun = uv_hrtime();
  Packed packed = simple ? PackPrimitives(isolate, context, value, is_array)
                         : Clone(isolate, context, value, is_array, options);
  if (packed.payload) packed.payload->clone_ns = std::max<uint64_t>(uv_hrtime() - begun, 1);
  return packed;
}

}  // namespace offloop
